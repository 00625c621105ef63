/**
 * Asks before a user is forgotten.
 */
import { type ReactElement } from "react";

import { useDeleteUsersMutation } from "../../lib/useDeleteUsersMutation";
import { useNotify } from "../../lib/useNotify";
import { ConfirmDialog } from "../confirmDialog";

interface DeleteUserDialogProps {
  readonly userId: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Closes once the user is gone from the list. */
export function DeleteUserDialog({
  userId,
  isOpen,
  onClose,
}: DeleteUserDialogProps): ReactElement {
  const deletion = useDeleteUsersMutation();
  const notify = useNotify();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete user “${userId}”?`}
      consequence="Their properties, events and segments are deleted with them. This cannot be undone; an event that is sent later makes the user anew."
      confirmLabel="Delete user"
      isPending={deletion.isPending}
      failure={deletion.error}
      onConfirm={() =>
        deletion.mutate([userId], {
          onSuccess: () => {
            notify(`Deleted ${userId}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    />
  );
}
