/**
 * Shows the present workspace at the top of every page and lets the member go to another of theirs.
 */
import Button from "@mui/material/Button";
import ListItemIcon from "@mui/material/ListItemIcon";
import ListItemText from "@mui/material/ListItemText";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useRouter } from "next/router";
import { type ReactElement, useState } from "react";

import { useMaybeSession } from "../../lib/session";
import { WORKSPACE_PARAMETER } from "../../lib/useSelectedWorkspace";
import { CheckIcon, SwitchIcon } from "../icons";

const NAME_STYLE = {
  overflow: "hidden",
  textOverflow: "ellipsis",
  whiteSpace: "nowrap",
  fontWeight: 600,
};

/** The workspace's name; a menu when there is more than one to choose from. */
export function WorkspaceSwitcher(): ReactElement {
  const session = useMaybeSession();
  const router = useRouter();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (session === null) {
    return <Skeleton width={140} height={28} />;
  }
  const { workspace, workspaces } = session;
  if (workspaces.length < 2) {
    return (
      <Typography noWrap sx={NAME_STYLE}>
        {workspace.name}
      </Typography>
    );
  }
  const choose = (workspaceId: string): void => {
    setAnchor(null);
    if (workspaceId !== workspace.id) {
      void router.push({
        pathname: router.pathname,
        query: { [WORKSPACE_PARAMETER]: workspaceId },
      });
    }
  };
  return (
    <>
      <Button
        color="inherit"
        aria-label={`Workspace ${workspace.name}. Switch workspace`}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
        endIcon={<SwitchIcon sx={{ color: "text.secondary" }} />}
        sx={{ minWidth: 0, px: 1, maxWidth: { xs: 200, sm: 320 } }}
      >
        <Typography component="span" sx={NAME_STYLE}>
          {workspace.name}
        </Typography>
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{
          list: { "aria-label": "Workspaces" },
          paper: { sx: { minWidth: 240, maxWidth: 360, maxHeight: 420 } },
        }}
      >
        {workspaces.map(({ id, name, role }) => (
          <MenuItem
            key={id}
            selected={id === workspace.id}
            onClick={() => choose(id)}
          >
            <ListItemText
              primary={name}
              secondary={role}
              slotProps={{ primary: { noWrap: true } }}
            />
            {id === workspace.id && (
              <ListItemIcon sx={{ justifyContent: "flex-end" }}>
                <CheckIcon />
              </ListItemIcon>
            )}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
