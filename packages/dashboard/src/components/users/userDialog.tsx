/**
 * Everything the list knows about one user: properties and segments.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type UserResource } from "isomorphic-lib/src/types";
import { type ReactElement, useId } from "react";

import { userValues } from "../../lib/userValues";
import { CopyButton } from "../copyButton";

interface UserDialogProps {
  readonly user: UserResource;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function Properties({ user }: { readonly user: UserResource }): ReactElement {
  const values = userValues(user);
  if (values.length === 0) {
    return (
      <Typography sx={{ color: "text.secondary" }}>
        Nothing is known about this user yet.
      </Typography>
    );
  }
  return (
    <Box
      component="dl"
      sx={{
        display: "grid",
        gridTemplateColumns: "minmax(96px, max-content) 1fr",
        columnGap: 3,
        rowGap: 1,
        m: 0,
      }}
    >
      {values.map(({ name, text }) => (
        <Box key={name} sx={{ display: "contents" }}>
          <Typography component="dt" sx={{ color: "text.secondary" }}>
            {name}
          </Typography>
          <Typography component="dd" sx={{ m: 0, overflowWrap: "anywhere" }}>
            {text}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}

/** Read only. */
export function UserDialog({
  user,
  isOpen,
  onClose,
}: UserDialogProps): ReactElement {
  const titleId = useId();
  return (
    <Dialog
      open={isOpen}
      maxWidth="sm"
      onClose={onClose}
      aria-labelledby={titleId}
    >
      <DialogTitle
        component="div"
        sx={{ display: "flex", alignItems: "center", gap: 1 }}
      >
        <Box
          component="h2"
          id={titleId}
          sx={{ m: 0, font: "inherit", overflowWrap: "anywhere" }}
        >
          {user.id}
        </Box>
        <CopyButton text={user.id} what="user ID" />
      </DialogTitle>
      <DialogContent>
        <Stack spacing={3} sx={{ pt: 1 }}>
          <Box>
            <Typography variant="h3" sx={{ mb: 1 }}>
              Properties
            </Typography>
            <Properties user={user} />
          </Box>
          <Box>
            <Typography variant="h3" sx={{ mb: 1 }}>
              Segments
            </Typography>
            {user.segments.length === 0 ? (
              <Typography sx={{ color: "text.secondary" }}>
                In no segment.
              </Typography>
            ) : (
              <Box sx={{ display: "flex", flexWrap: "wrap", gap: 0.75 }}>
                {user.segments.map(({ id, name }) => (
                  <Chip key={id} size="small" label={name} />
                ))}
              </Box>
            )}
          </Box>
        </Stack>
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
