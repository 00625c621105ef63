/**
 * A dialog that asks for a name and nothing else.
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

import { type ApiFailure } from "../lib/apiFailure";
import { FailureAlert } from "./failureNotice";

interface NameDialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
  /** Names that are taken: said before the server is asked. */
  readonly takenNames: readonly string[];
  readonly isPending: boolean;
  readonly failure: ApiFailure | null;
  readonly onSubmit: (name: string) => void;
  readonly onClose: () => void;
}

function nameFault(name: string, taken: readonly string[]): string | null {
  if (name === "") {
    return "Enter a name.";
  }
  return taken.includes(name) ? "This name is already taken." : null;
}

function Content(props: NameDialogProps): ReactElement {
  const { title, label, hint, placeholder, takenNames } = props;
  const { isPending, failure, onSubmit, onClose } = props;
  const [text, setText] = useState("");
  const [isFaultShown, setIsFaultShown] = useState(false);
  const formId = useId();
  const name = text.trim();
  const fault = nameFault(name, takenNames);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setIsFaultShown(true);
    if (fault === null) {
      onSubmit(name);
    }
  };
  return (
    <>
      <DialogTitle>{title}</DialogTitle>
      <DialogContent>
        <Stack
          component="form"
          id={formId}
          noValidate
          onSubmit={submit}
          spacing={2}
          sx={{ pt: 1 }}
        >
          <FailureAlert failure={failure} />
          <TextField
            // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus; on its only field
            autoFocus
            required
            label={label}
            placeholder={placeholder}
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={isFaultShown && fault !== null}
            helperText={(isFaultShown && fault) || hint}
            slotProps={{ htmlInput: { maxLength: MAX_ID_LENGTH } }}
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
          loading={isPending}
        >
          Create
        </Button>
      </DialogActions>
    </>
  );
}

/** Its content starts afresh each time it opens. */
export function NameDialog(props: NameDialogProps): ReactElement {
  const { isOpen, title, onClose } = props;
  return (
    <Dialog open={isOpen} maxWidth="xs" aria-label={title} onClose={onClose}>
      <Content {...props} />
    </Dialog>
  );
}
