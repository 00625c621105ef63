/**
 * A button for something that not every role may do. To those who may not it stays visible, with the reason.
 */
import Box from "@mui/material/Box";
import Button, { type ButtonProps } from "@mui/material/Button";
import Tooltip from "@mui/material/Tooltip";
import { type Role } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import { useCan, useSession } from "../lib/session";

/** Undefined when the member may do it; else a sentence that says what it takes. */
export function useDisabledReason(requiredRole: Role): string | undefined {
  const { role } = useSession();
  return useCan(requiredRole)
    ? undefined
    : `Needs the role ${requiredRole} or higher; yours is ${role}.`;
}

interface ActionButtonProps extends ButtonProps {
  readonly requiredRole: Role;
}

/** A contained button unless told otherwise. The reason is reachable by keyboard. */
export function ActionButton({
  requiredRole,
  ...props
}: ActionButtonProps): ReactElement {
  const reason = useDisabledReason(requiredRole);
  if (reason === undefined) {
    return <Button variant="contained" {...props} />;
  }
  return (
    <Tooltip title={reason}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a disabled button takes no focus, its reason should */}
      <Box component="span" tabIndex={0} sx={{ borderRadius: 1 }}>
        <Button variant="contained" {...props} disabled />
      </Box>
    </Tooltip>
  );
}
