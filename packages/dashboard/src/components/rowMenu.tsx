/**
 * The actions of one row behind one button, so that a table stays quiet.
 */
import IconButton from "@mui/material/IconButton";
import ListItemIcon from "@mui/material/ListItemIcon";
import ListItemText from "@mui/material/ListItemText";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { type ReactElement, useState } from "react";

import { MoreIcon } from "./icons";

export interface RowAction {
  readonly label: string;
  readonly icon: ReactElement;
  readonly onSelect: () => void;
  readonly isDestructive?: boolean;
  /** Why it cannot be done; shown below the label of the then disabled entry. */
  readonly disabledReason?: string | undefined;
}

interface RowMenuProps {
  /** The row's name, for the button's label. */
  readonly of: string;
  readonly actions: readonly RowAction[];
}

/** A menu button named after its row. */
export function RowMenu({ of, actions }: RowMenuProps): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        size="small"
        aria-label={`Actions for ${of}`}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreIcon />
      </IconButton>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: "bottom", horizontal: "right" }}
        transformOrigin={{ vertical: "top", horizontal: "right" }}
      >
        {actions.map((action) => (
          <MenuItem
            key={action.label}
            disabled={action.disabledReason !== undefined}
            onClick={() => {
              setAnchor(null);
              action.onSelect();
            }}
            sx={action.isDestructive === true ? { color: "error.main" } : {}}
          >
            <ListItemIcon sx={{ color: "inherit" }}>{action.icon}</ListItemIcon>
            <ListItemText
              primary={action.label}
              secondary={action.disabledReason}
            />
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
