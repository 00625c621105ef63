/**
 * Settings: the workspace's name, id and kind.
 */
import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import Typography from "@mui/material/Typography";
import { WORKSPACE_ID_HEADER } from "isomorphic-lib/src/constants";
import { type AuthMode, type WorkspaceType } from "isomorphic-lib/src/types";
import { type ReactElement, type ReactNode } from "react";

import { useSession } from "../../lib/session";
import { MONOSPACE } from "../../theme";
import { CopyButton } from "../copyButton";

const TYPES: Readonly<Record<WorkspaceType, string>> = {
  Root: "Stands alone",
  Parent: "Parent of other workspaces",
  Child: "Child of another workspace",
};

const AUTH_MODES: Readonly<Record<AuthMode, string>> = {
  anonymous: "None: everybody who reaches this server is an Admin",
  "single-tenant": "One password for everybody",
  "multi-tenant": "By your identity provider",
};

function Fact({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Box
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "1fr", sm: "180px 1fr" },
        columnGap: 3,
        rowGap: 0.25,
        alignItems: "baseline",
        px: { xs: 2, sm: 3 },
        py: 1.5,
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <Typography component="dt" sx={{ color: "text.secondary" }}>
        {label}
      </Typography>
      <Box component="dd" sx={{ m: 0, minWidth: 0 }}>
        <Typography component="div" sx={{ overflowWrap: "anywhere" }}>
          {children}
        </Typography>
        {hint !== undefined && (
          <Typography variant="body2" sx={{ color: "text.secondary" }}>
            {hint}
          </Typography>
        )}
      </Box>
    </Box>
  );
}

/** Read only. */
export function GeneralSection(): ReactElement {
  const { workspace, authMode, version } = useSession();
  return (
    <Card component="dl" sx={{ m: 0, py: 0.5 }}>
      <Fact label="Name">{workspace.name}</Fact>
      <Fact
        label="Workspace ID"
        hint={
          <>
            Requests name the workspace by it, in the header{" "}
            <code>{WORKSPACE_ID_HEADER}</code>.
          </>
        }
      >
        <Box
          component="span"
          sx={{ fontFamily: MONOSPACE, fontSize: "0.8125rem", mr: 0.5 }}
        >
          {workspace.id}
        </Box>
        <CopyButton text={workspace.id} what="workspace ID" />
      </Fact>
      <Fact label="Kind">{TYPES[workspace.type]}</Fact>
      <Fact label="Sign-in">{AUTH_MODES[authMode]}</Fact>
      <Fact label="Server version">{version}</Fact>
    </Card>
  );
}
