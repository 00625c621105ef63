/**
 * The dialog that adds a user by hand: an id, an e-mail address, further traits.
 */
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { MAX_ID_LENGTH } from "isomorphic-lib/src/constants";
import { type ReactElement, type SubmitEvent, useId, useState } from "react";

import { checkTraits } from "../../lib/definitionCheck";
import { useIdentifyUserMutation } from "../../lib/useIdentifyUserMutation";
import { useNotify } from "../../lib/useNotify";
import { FailureAlert } from "../failureNotice";
import { JsonEditor } from "../jsonEditor";

export interface AddUserDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

const NO_TRAITS = '{\n  "plan": "free"\n}';

function Content({
  onClose,
}: Pick<AddUserDialogProps, "onClose">): ReactElement {
  const [userId, setUserId] = useState("");
  const [email, setEmail] = useState("");
  const [traitsText, setTraitsText] = useState(NO_TRAITS);
  const [areErrorsShown, setAreErrorsShown] = useState(false);
  const identification = useIdentifyUserMutation();
  const notify = useNotify();
  const formId = useId();
  const traits = checkTraits(traitsText);
  const isIdMissing = userId.trim() === "";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setAreErrorsShown(true);
    if (isIdMissing || !traits.isValid) {
      return;
    }
    identification.mutate(
      {
        userId: userId.trim(),
        traits: {
          ...(email.trim() === "" ? {} : { email: email.trim() }),
          ...traits.definition,
        },
      },
      {
        onSuccess: () => {
          notify(`Added ${userId.trim()}`);
          onClose();
        },
      },
    );
  };
  return (
    <>
      <DialogTitle>Add a user</DialogTitle>
      <DialogContent>
        <Stack
          component="form"
          id={formId}
          noValidate
          onSubmit={submit}
          spacing={2.5}
          sx={{ pt: 1 }}
        >
          <FailureAlert failure={identification.error} />
          <TextField
            // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus; on its first field
            autoFocus
            required
            label="User ID"
            placeholder="user-1001"
            value={userId}
            onChange={(event) => setUserId(event.target.value)}
            error={areErrorsShown && isIdMissing}
            helperText={
              areErrorsShown && isIdMissing
                ? "Enter the ID that your own system knows this person by."
                : "The ID that your own system knows this person by. An ID that exists is updated."
            }
            slotProps={{ htmlInput: { maxLength: MAX_ID_LENGTH } }}
          />
          <TextField
            type="email"
            label="E-mail"
            placeholder="ada@example.com"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <JsonEditor
            label="Further traits"
            text={traitsText}
            onChange={setTraitsText}
            errors={traits.isValid ? [] : traits.errors}
            minRows={4}
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
          loading={identification.isPending}
        >
          Add user
        </Button>
      </DialogActions>
    </>
  );
}

/** Its content starts afresh each time it opens. */
export function AddUserDialog({
  isOpen,
  onClose,
}: AddUserDialogProps): ReactElement {
  return (
    <Dialog
      open={isOpen}
      maxWidth="sm"
      aria-label="Add a user"
      onClose={(_event, reason) => {
        if (reason === "escapeKeyDown") {
          onClose();
        }
      }}
    >
      <Content onClose={onClose} />
    </Dialog>
  );
}
