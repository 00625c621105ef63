/**
 * Who is signed in, with which role, and the way out where there is one.
 */
import Avatar from "@mui/material/Avatar";
import Box from "@mui/material/Box";
import Divider from "@mui/material/Divider";
import IconButton from "@mui/material/IconButton";
import ListItemText from "@mui/material/ListItemText";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { type ReactElement, useState } from "react";

import { useMaybeSession } from "../../lib/session";
import { ExternalIcon, UserIcon } from "../icons";

const SIGN_OUT_ADDRESS = "/api/public/single-tenant/signout";
const API_DOCUMENTATION_ADDRESS = "/documentation";

function nameOf({ authMode, member }: GetSessionResponse): string {
  return authMode === "anonymous"
    ? "Without sign-in"
    : (member.name ?? member.email);
}

function Profile({
  session,
}: {
  readonly session: GetSessionResponse;
}): ReactElement {
  return (
    <Box sx={{ px: 2, pt: 0.5, pb: 1, maxWidth: 280 }}>
      <Typography noWrap sx={{ fontWeight: 600 }}>
        {nameOf(session)}
      </Typography>
      {session.authMode === "multi-tenant" && (
        <Typography noWrap variant="body2" sx={{ color: "text.secondary" }}>
          {session.member.email}
        </Typography>
      )}
      <Typography variant="body2" sx={{ color: "text.secondary" }}>
        {session.role} of {session.workspace.name}
      </Typography>
    </Box>
  );
}

/** Nothing until the session is known. */
export function ProfileMenu(): ReactElement | null {
  const session = useMaybeSession();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (session === null) {
    return null;
  }
  return (
    <>
      <Tooltip title="Account">
        <IconButton
          aria-label="Account"
          aria-haspopup="menu"
          aria-expanded={anchor !== null}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <Avatar
            alt=""
            sx={{
              width: 28,
              height: 28,
              fontSize: "0.8125rem",
              fontWeight: 600,
              bgcolor: "primary.main",
              color: "primary.contrastText",
            }}
          >
            {session.authMode === "anonymous" ? (
              <UserIcon />
            ) : (
              nameOf(session).charAt(0).toUpperCase()
            )}
          </Avatar>
        </IconButton>
      </Tooltip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
      >
        <Box component="li" role="presentation" sx={{ outline: "none" }}>
          <Profile session={session} />
        </Box>
        <Divider component="li" role="separator" sx={{ mb: 1 }} />
        <MenuItem component="a" href={API_DOCUMENTATION_ADDRESS}>
          <ListItemText>API reference</ListItemText>
          <ExternalIcon sx={{ color: "text.secondary", ml: 2 }} />
        </MenuItem>
        {session.authMode === "single-tenant" && (
          <MenuItem component="a" href={SIGN_OUT_ADDRESS}>
            Sign out
          </MenuItem>
        )}
      </Menu>
    </>
  );
}
