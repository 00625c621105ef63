/**
 * Asks before a member's role is taken away.
 */
import { type ReactElement } from "react";

import { useSession } from "../../lib/session";
import { useDeleteMemberMutation } from "../../lib/useDeleteMemberMutation";
import { useNotify } from "../../lib/useNotify";
import { ConfirmDialog } from "../confirmDialog";

interface RemoveMemberDialogProps {
  readonly email: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Warns those who are about to lock themselves out. */
export function RemoveMemberDialog({
  email,
  isOpen,
  onClose,
}: RemoveMemberDialogProps): ReactElement {
  const { member } = useSession();
  const deletion = useDeleteMemberMutation();
  const notify = useNotify();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Remove ${email}?`}
      consequence={
        member.email === email
          ? "This is you: you will lose access to this workspace at once."
          : "They lose access to this workspace at once. They can be added again."
      }
      confirmLabel="Remove member"
      isPending={deletion.isPending}
      failure={deletion.error}
      onConfirm={() =>
        deletion.mutate(email, {
          onSuccess: () => {
            notify(`Removed ${email}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    />
  );
}
