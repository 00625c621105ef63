/**
 * Shows a new API key, the only time that it can be seen.
 */
import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import { type CreateAdminApiKeyResponse } from "isomorphic-lib/src/types";
import { type ReactElement, useId } from "react";

import { CodeBlock } from "../codeBlock";

interface NewApiKeyDialogProps {
  readonly apiKey: CreateAdminApiKeyResponse;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Closes by its button only: a click beside it would lose the key. */
export function NewApiKeyDialog({
  apiKey,
  isOpen,
  onClose,
}: NewApiKeyDialogProps): ReactElement {
  const titleId = useId();
  return (
    <Dialog open={isOpen} maxWidth="sm" aria-labelledby={titleId}>
      <DialogTitle id={titleId}>API key “{apiKey.name}”</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <Alert severity="warning">
            Copy the key now and keep it in a safe place. It cannot be shown
            again.
          </Alert>
          <CodeBlock
            isWrapped
            label="The new API key"
            what="API key"
            code={apiKey.apiKey}
          />
          <CodeBlock
            label="How to use it"
            what="command"
            code={[
              `curl '${window.location.origin}/api/admin/segments?workspaceId=${apiKey.workspaceId}' \\`,
              `  -H 'Authorization: Bearer ${apiKey.apiKey}'`,
            ].join("\n")}
          />
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          I have stored it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
