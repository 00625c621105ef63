/**
 * A first event, ready to paste into a terminal. The write key in it is only for those who may see it.
 */
import Alert from "@mui/material/Alert";
import Link from "@mui/material/Link";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import NextLink from "next/link";
import { type ReactElement } from "react";

import { useCan, useWorkspaceAddress } from "../../lib/session";
import { useWriteKeysQuery } from "../../lib/useWriteKeysQuery";
import { writeKeyHeader } from "../../lib/writeKeyHeader";
import { CodeBlock } from "../codeBlock";
import { Panel } from "../panel";

const EXAMPLE_USER = "user-1";

/** A shell command that tracks one event; its message id is new each time it runs. */
export function trackCommand(origin: string, authorization: string): string {
  return [
    `curl -X POST ${origin}/api/public/apps/track \\`,
    `  -H 'Authorization: ${authorization}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"messageId":"'"$(date +%s)"'","userId":"${EXAMPLE_USER}","event":"Signed Up","properties":{"plan":"pro"}}'`,
  ].join("\n");
}

function Command(): ReactElement {
  const canSeeKey = useCan("Admin");
  const { data, error } = useWriteKeysQuery({ isEnabled: canSeeKey });
  const addressOf = useWorkspaceAddress();
  const [key] = data ?? [];
  if (canSeeKey && data === undefined && error === null) {
    return <Skeleton variant="rounded" height={122} />;
  }
  if (error !== null) {
    return <Alert severity="warning">{error.message}</Alert>;
  }
  if (canSeeKey && key === undefined) {
    return (
      <Alert severity="info">
        This workspace has no write key yet.{" "}
        <Link component={NextLink} href={addressOf("/settings")}>
          Create one in the settings.
        </Link>
      </Alert>
    );
  }
  return (
    <>
      <CodeBlock
        label="Command that sends an event"
        what="command"
        code={trackCommand(
          window.location.origin,
          key === undefined ? "Basic <write key>" : writeKeyHeader(key),
        )}
      />
      {key === undefined && (
        <Typography variant="body2" sx={{ color: "text.secondary", mt: 1 }}>
          Ask an Admin of this workspace for a write key.
        </Typography>
      )}
    </>
  );
}

/** The user and the event appear within a moment. */
export function GettingStarted(): ReactElement {
  return (
    <Panel
      title="Send an event"
      description="Run this in a terminal, then see the user and the event appear here. The Dittofeed SDKs for Node and the web do the same."
    >
      <Command />
    </Panel>
  );
}
