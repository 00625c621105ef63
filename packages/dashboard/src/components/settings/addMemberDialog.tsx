/**
 * The dialog that gives a person a role.
 */
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { MemberEmail, type Role } from "isomorphic-lib/src/types";
import { type ReactElement, type SubmitEvent, useId, useState } from "react";

import { useCreateMemberMutation } from "../../lib/useCreateMemberMutation";
import { useNotify } from "../../lib/useNotify";
import { FailureAlert } from "../failureNotice";
import { ROLE_EXPLANATIONS, RoleField } from "./roleField";

export interface AddMemberDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function Content({
  onClose,
}: Pick<AddMemberDialogProps, "onClose">): ReactElement {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("Author");
  const [isFaultShown, setIsFaultShown] = useState(false);
  const creation = useCreateMemberMutation();
  const notify = useNotify();
  const formId = useId();
  const isWrong = schemaValidate(email.trim(), MemberEmail).isErr();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setIsFaultShown(true);
    if (!isWrong) {
      creation.mutate(
        { email: email.trim(), role },
        {
          onSuccess: () => {
            notify(`Added ${email.trim()}`);
            onClose();
          },
        },
      );
    }
  };
  return (
    <>
      <DialogTitle>Add a member</DialogTitle>
      <DialogContent>
        <Stack
          component="form"
          id={formId}
          noValidate
          onSubmit={submit}
          spacing={2.5}
          sx={{ pt: 1 }}
        >
          <FailureAlert failure={creation.error} />
          <TextField
            // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus; on its first field
            autoFocus
            required
            type="email"
            label="E-mail"
            placeholder="ada@example.com"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            error={isFaultShown && isWrong}
            helperText={
              isFaultShown && isWrong
                ? "Enter an e-mail address."
                : "The address that they sign in with. No mail is sent."
            }
          />
          <RoleField
            label="Role"
            role={role}
            onChange={setRole}
            helperText={ROLE_EXPLANATIONS[role]}
          />
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          form={formId}
          variant="contained"
          loading={creation.isPending}
        >
          Add member
        </Button>
      </DialogActions>
    </>
  );
}

/** Its content starts afresh each time it opens. */
export function AddMemberDialog({
  isOpen,
  onClose,
}: AddMemberDialogProps): ReactElement {
  return (
    <Dialog
      open={isOpen}
      maxWidth="xs"
      aria-label="Add a member"
      onClose={onClose}
    >
      <Content onClose={onClose} />
    </Dialog>
  );
}
