/**
 * Says that the browser has no network, so that stale numbers and failing buttons have an explanation.
 */
import Alert from "@mui/material/Alert";
import { type ReactElement } from "react";

import { useOnline } from "../lib/useOnline";
import { OfflineIcon } from "./icons";

/** A bar above the page while offline. */
export function OfflineNotice(): ReactElement | null {
  if (useOnline()) {
    return null;
  }
  return (
    <Alert
      role="status"
      severity="warning"
      icon={<OfflineIcon />}
      sx={{ borderRadius: 0 }}
    >
      You are offline. What you see may be out of date; changes cannot be saved
      until the connection is back.
    </Alert>
  );
}
