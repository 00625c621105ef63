/**
 * Settings: the keys that programs manage the workspace with.
 */
import Button from "@mui/material/Button";
import {
  type AdminApiKeyResource,
  type CreateAdminApiKeyResponse,
} from "isomorphic-lib/src/types";
import { type ReactElement, useState } from "react";

import { useAdminApiKeysQuery } from "../../lib/useAdminApiKeysQuery";
import { useCreateAdminApiKeyMutation } from "../../lib/useCreateAdminApiKeyMutation";
import { useDeleteAdminApiKeyMutation } from "../../lib/useDeleteAdminApiKeyMutation";
import { useDialogSubject } from "../../lib/useDialogSubject";
import { useNotify } from "../../lib/useNotify";
import { MomentCell, NameCell } from "../cells";
import { ConfirmDialog } from "../confirmDialog";
import { type Column, DataTable } from "../dataTable";
import { EmptyState } from "../emptyState";
import { AddIcon, KeyIcon } from "../icons";
import { NameDialog } from "../nameDialog";
import { DeleteButton } from "./deleteButton";
import { NewApiKeyDialog } from "./newApiKeyDialog";
import { SectionActions } from "./sectionActions";

const COLUMNS: readonly Column<AdminApiKeyResource>[] = [
  {
    id: "name",
    label: "Name",
    render: ({ name }) => <NameCell name={name} />,
  },
  {
    id: "createdAt",
    label: "Created",
    width: 160,
    render: ({ createdAt }) => <MomentCell moment={createdAt} />,
  },
];

function DeleteKeyDialog({
  apiKey,
  isOpen,
  onClose,
}: {
  readonly apiKey: AdminApiKeyResource;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): ReactElement {
  const deletion = useDeleteAdminApiKeyMutation();
  const notify = useNotify();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete API key “${apiKey.name}”?`}
      consequence="Programs that use it are refused at once. This cannot be undone."
      confirmLabel="Delete key"
      isPending={deletion.isPending}
      failure={deletion.error}
      onConfirm={() =>
        deletion.mutate(apiKey.id, {
          onSuccess: () => {
            notify(`Deleted ${apiKey.name}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    />
  );
}

/** For Admins only. */
export function AdminApiKeysSection(): ReactElement {
  const { data, error, refetch } = useAdminApiKeysQuery({ isEnabled: true });
  const creation = useCreateAdminApiKeyMutation();
  const [isNaming, setIsNaming] = useState(false);
  const shown = useDialogSubject<CreateAdminApiKeyResponse>();
  const deleted = useDialogSubject<AdminApiKeyResource>();
  const keys = data?.adminApiKeys;
  const startNaming = (): void => {
    creation.reset();
    setIsNaming(true);
  };
  const newButton = (
    <Button variant="outlined" startIcon={<AddIcon />} onClick={startNaming}>
      New API key
    </Button>
  );
  return (
    <>
      <SectionActions>{keys?.length !== 0 && newButton}</SectionActions>
      <DataTable
        label="API keys"
        columns={COLUMNS}
        rows={keys}
        rowId={({ id }) => id}
        renderRowActions={(key) => (
          <DeleteButton
            label={`Delete API key ${key.name}`}
            onClick={() => deleted.open(key)}
          />
        )}
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        empty={
          <EmptyState
            icon={<KeyIcon fontSize="large" />}
            title="No API keys"
            description="Create one to manage segments, journeys and templates from your own programs."
            action={newButton}
          />
        }
      />
      <NameDialog
        isOpen={isNaming}
        title="New API key"
        label="Name"
        placeholder="deployment-script"
        hint="What will use it, so that you know later which one to delete."
        takenNames={(keys ?? []).map(({ name }) => name)}
        isPending={creation.isPending}
        failure={creation.error}
        onSubmit={(name) =>
          creation.mutate(name, {
            onSuccess: (created) => {
              setIsNaming(false);
              shown.open(created);
            },
          })
        }
        onClose={() => setIsNaming(false)}
      />
      {shown.subject !== null && (
        <NewApiKeyDialog
          apiKey={shown.subject}
          isOpen={shown.isOpen}
          onClose={() => {
            shown.close();
            creation.reset(); // the key is in its result
          }}
        />
      )}
      {deleted.subject !== null && (
        <DeleteKeyDialog
          key={deleted.subject.id}
          apiKey={deleted.subject}
          isOpen={deleted.isOpen}
          onClose={deleted.close}
        />
      )}
    </>
  );
}
