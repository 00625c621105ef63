/**
 * Light, dark, or as the system says. The choice is kept by MUI in the browser's storage.
 */
import IconButton from "@mui/material/IconButton";
import ListItemIcon from "@mui/material/ListItemIcon";
import ListItemText from "@mui/material/ListItemText";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useColorScheme } from "@mui/material/styles";
import Tooltip from "@mui/material/Tooltip";
import { type ReactElement, useState } from "react";

import { MoonIcon, SunIcon, SystemIcon } from "../icons";

const MODES = [
  { mode: "light", label: "Light", icon: <SunIcon /> },
  { mode: "dark", label: "Dark", icon: <MoonIcon /> },
  { mode: "system", label: "As the system", icon: <SystemIcon /> },
] as const;

/** A button with the three choices. */
export function ColorModeMenu(): ReactElement {
  const { mode, setMode } = useColorScheme();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title="Appearance">
        <IconButton
          aria-label="Appearance"
          aria-haspopup="menu"
          aria-expanded={anchor !== null}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          {MODES.find((entry) => entry.mode === mode)?.icon ?? <SystemIcon />}
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
      >
        {MODES.map((entry) => (
          <MenuItem
            key={entry.mode}
            selected={entry.mode === mode}
            onClick={() => {
              setMode(entry.mode);
              setAnchor(null);
            }}
          >
            <ListItemIcon>{entry.icon}</ListItemIcon>
            <ListItemText>{entry.label}</ListItemText>
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
