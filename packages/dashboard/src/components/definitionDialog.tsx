/**
 * Shows stored JSON as it is, to read and to copy: a definition, an event.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import { type ReactElement, useId } from "react";

import { toDefinitionText } from "../lib/definitionText";
import { CodeBlock } from "./codeBlock";

interface DefinitionDialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** What the copy button copies, such as "definition". */
  readonly what: string;
  readonly definition: unknown;
  readonly onClose: () => void;
}

/** Read only. */
export function DefinitionDialog({
  isOpen,
  title,
  what,
  definition,
  onClose,
}: DefinitionDialogProps): ReactElement {
  const titleId = useId();
  return (
    <Dialog
      open={isOpen}
      maxWidth="sm"
      onClose={onClose}
      aria-labelledby={titleId}
    >
      <DialogTitle id={titleId} sx={{ overflowWrap: "anywhere" }}>
        {title}
      </DialogTitle>
      <DialogContent>
        <Box sx={{ pt: 0.5 }}>
          <CodeBlock
            label={title}
            what={what}
            code={toDefinitionText(definition)}
          />
        </Box>
      </DialogContent>
      <DialogActions>
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus */}
        <Button autoFocus onClick={onClose}>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
