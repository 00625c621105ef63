/**
 * The columns of the list of users.
 */
import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import Typography from "@mui/material/Typography";
import { type UserResource } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import { findEmail, userValues } from "../../lib/userValues";
import { TextCell } from "../cells";
import { type Column } from "../dataTable";

const SHOWN_SEGMENTS = 2;

function summary(user: UserResource): string {
  return userValues(user)
    .filter(({ name }) => name !== "email")
    .map(({ name, text }) => `${name}: ${text}`)
    .join(" · ");
}

/** People are told apart by their address, programs by the id; without an address the id stands for both. */
function UserCell({ user }: { readonly user: UserResource }): ReactElement {
  const email = findEmail(user);
  return (
    <>
      <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
        {email ?? user.id}
      </Typography>
      {email !== undefined && (
        <Typography
          variant="body2"
          sx={{ color: "text.secondary", overflowWrap: "anywhere" }}
        >
          {user.id}
        </Typography>
      )}
    </>
  );
}

function SegmentChips({ user }: { readonly user: UserResource }): ReactElement {
  const { segments } = user;
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", gap: 0.5 }}>
      {segments.slice(0, SHOWN_SEGMENTS).map(({ id, name }) => (
        <Chip key={id} size="small" label={name} sx={{ maxWidth: 180 }} />
      ))}
      {segments.length > SHOWN_SEGMENTS && (
        <Chip
          size="small"
          variant="outlined"
          label={`+${segments.length - SHOWN_SEGMENTS}`}
        />
      )}
    </Box>
  );
}

/** Sortable by id only: that order the server knows for every workspace. */
export const USER_COLUMNS: readonly Column<UserResource>[] = [
  {
    id: "id",
    label: "User",
    sortValue: ({ id }) => id,
    render: (user) => <UserCell user={user} />,
  },
  {
    id: "properties",
    label: "Properties",
    hideBelow: "sm",
    width: "34%",
    render: (user) => <TextCell>{summary(user)}</TextCell>,
  },
  {
    id: "segments",
    label: "Segments",
    hideBelow: "md",
    width: "24%",
    render: (user) => <SegmentChips user={user} />,
  },
];
