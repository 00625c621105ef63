/**
 * Asks before something is deleted. It stays open while the request runs and when it fails, with the reason.
 */
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogContentText from "@mui/material/DialogContentText";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import { type ReactElement, type ReactNode, useId } from "react";

import { type ApiFailure } from "../lib/apiFailure";
import { FailureAlert } from "./failureNotice";

interface ConfirmDialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** What will be gone, and what depends on it. */
  readonly consequence: ReactNode;
  /** A verb, such as "Delete segment". */
  readonly confirmLabel: string;
  readonly isPending: boolean;
  readonly failure: ApiFailure | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Closing keeps everything as it is; so does Escape. The safe choice has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps): ReactElement {
  const { isOpen, title, consequence, confirmLabel, isPending } = props;
  const { failure, onConfirm, onClose } = props;
  const titleId = useId();
  const textId = useId();
  return (
    <Dialog
      open={isOpen}
      maxWidth="xs"
      onClose={onClose}
      aria-labelledby={titleId}
      aria-describedby={textId}
    >
      <DialogTitle id={titleId} sx={{ overflowWrap: "anywhere" }}>
        {title}
      </DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <DialogContentText id={textId} variant="body1">
            {consequence}
          </DialogContentText>
          <FailureAlert failure={failure} />
        </Stack>
      </DialogContent>
      <DialogActions>
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus; on the harmless button */}
        <Button autoFocus color="inherit" onClick={onClose}>
          Cancel
        </Button>
        <Button
          variant="contained"
          color="error"
          loading={isPending}
          onClick={onConfirm}
        >
          {confirmLabel}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
