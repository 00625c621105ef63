/**
 * What is shown where data should be when it could not be had: the reason in the server's words, and a way on.
 */
import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { type ReactElement } from "react";

import { type ApiFailure, type ApiFailureKind } from "../lib/apiFailure";
import { EmptyState } from "./emptyState";
import { ForbiddenIcon, OfflineIcon, ReloadIcon, WarningIcon } from "./icons";

const TITLES: Readonly<Partial<Record<ApiFailureKind, string>>> = {
  unreachable: "No connection to the server",
  unauthenticated: "You are signed out",
  forbidden: "Your role cannot see this",
  notFound: "Not found",
  limited: "Too many requests",
};

function iconOf(kind: ApiFailureKind): ReactElement {
  switch (kind) {
    case "unreachable":
      return <OfflineIcon fontSize="large" />;
    case "forbidden":
    case "unauthenticated":
      return <ForbiddenIcon fontSize="large" />;
    default:
      return <WarningIcon fontSize="large" />;
  }
}

interface FailureNoticeProps {
  readonly failure: ApiFailure;
  readonly onRetry: () => void;
}

/** Takes the place of data that could not be loaded. */
export function FailureNotice({
  failure,
  onRetry,
}: FailureNoticeProps): ReactElement {
  return (
    <EmptyState
      role="alert"
      icon={iconOf(failure.kind)}
      title={TITLES[failure.kind] ?? "This could not be loaded"}
      description={failure.message}
      action={
        <Button
          variant="outlined"
          startIcon={<ReloadIcon />}
          onClick={() => {
            onRetry();
          }}
        >
          Try again
        </Button>
      }
    />
  );
}

/** Says beside a form or a question why it was refused; nothing when `failure` is null. */
export function FailureAlert({
  failure,
}: {
  readonly failure: ApiFailure | null;
}): ReactElement | null {
  if (failure === null) {
    return null;
  }
  return <Alert severity="error">{failure.message}</Alert>;
}
