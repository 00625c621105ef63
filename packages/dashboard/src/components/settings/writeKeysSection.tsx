/**
 * Settings: the keys that applications send events with.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { type WriteKeyResource } from "isomorphic-lib/src/types";
import { type ReactElement, useState } from "react";

import { useCreateWriteKeyMutation } from "../../lib/useCreateWriteKeyMutation";
import { useDeleteWriteKeyMutation } from "../../lib/useDeleteWriteKeyMutation";
import { useDialogSubject } from "../../lib/useDialogSubject";
import { useNotify } from "../../lib/useNotify";
import { useWriteKeysQuery } from "../../lib/useWriteKeysQuery";
import { writeKeyHeader } from "../../lib/writeKeyHeader";
import { MONOSPACE } from "../../theme";
import { NameCell } from "../cells";
import { ConfirmDialog } from "../confirmDialog";
import { CopyButton } from "../copyButton";
import { type Column, DataTable } from "../dataTable";
import { EmptyState } from "../emptyState";
import { AddIcon, KeyIcon } from "../icons";
import { NameDialog } from "../nameDialog";
import { DeleteButton } from "./deleteButton";
import { SectionActions } from "./sectionActions";

const VISIBLE_CHARACTERS = 14;

const COLUMNS: readonly Column<WriteKeyResource>[] = [
  {
    id: "name",
    label: "Name",
    render: ({ writeKeyName }) => <NameCell name={writeKeyName} />,
  },
  {
    id: "key",
    label: "Authorization header",
    render: (key) => (
      <Box sx={{ display: "flex", alignItems: "center", gap: 0.5 }}>
        <Box
          component="span"
          sx={{
            fontFamily: MONOSPACE,
            fontSize: "0.8125rem",
            whiteSpace: "nowrap",
          }}
        >
          {writeKeyHeader(key).slice(0, VISIBLE_CHARACTERS)}…
        </Box>
        <CopyButton
          text={writeKeyHeader(key)}
          what={`write key ${key.writeKeyName}`}
        />
      </Box>
    ),
  },
];

function DeleteKeyDialog({
  name,
  isOpen,
  onClose,
}: {
  readonly name: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): ReactElement {
  const deletion = useDeleteWriteKeyMutation();
  const notify = useNotify();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete write key “${name}”?`}
      consequence="Events that applications send with it are refused at once, and lost. This cannot be undone."
      confirmLabel="Delete key"
      isPending={deletion.isPending}
      failure={deletion.error}
      onConfirm={() =>
        deletion.mutate(name, {
          onSuccess: () => {
            notify(`Deleted ${name}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    />
  );
}

/** For Admins only. */
export function WriteKeysSection(): ReactElement {
  const { data, error, refetch } = useWriteKeysQuery({ isEnabled: true });
  const creation = useCreateWriteKeyMutation();
  const notify = useNotify();
  const [isNaming, setIsNaming] = useState(false);
  const deleted = useDialogSubject<string>();
  const newButton = (
    <Button
      variant="outlined"
      startIcon={<AddIcon />}
      onClick={() => {
        creation.reset();
        setIsNaming(true);
      }}
    >
      New write key
    </Button>
  );
  return (
    <>
      <SectionActions>{data?.length !== 0 && newButton}</SectionActions>
      <DataTable
        label="Write keys"
        columns={COLUMNS}
        rows={data}
        rowId={({ secretId }) => secretId}
        renderRowActions={({ writeKeyName }) => (
          <DeleteButton
            label={`Delete write key ${writeKeyName}`}
            onClick={() => deleted.open(writeKeyName)}
          />
        )}
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        empty={
          <EmptyState
            icon={<KeyIcon fontSize="large" />}
            title="No write keys"
            description="Without one, no application can send users and events to this workspace."
            action={newButton}
          />
        }
      />
      <NameDialog
        isOpen={isNaming}
        title="New write key"
        label="Name"
        placeholder="web-shop"
        hint="The application that will send events with it."
        takenNames={(data ?? []).map(({ writeKeyName }) => writeKeyName)}
        isPending={creation.isPending}
        failure={creation.error}
        onSubmit={(name) =>
          creation.mutate(name, {
            onSuccess: () => {
              notify(`Created ${name}`);
              setIsNaming(false);
            },
          })
        }
        onClose={() => setIsNaming(false)}
      />
      {deleted.subject !== null && (
        <DeleteKeyDialog
          key={deleted.subject}
          name={deleted.subject}
          isOpen={deleted.isOpen}
          onClose={deleted.close}
        />
      )}
    </>
  );
}
