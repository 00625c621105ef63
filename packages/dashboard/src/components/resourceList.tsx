/**
 * The page of one kind of resource: its list, and creating, looking into and deleting one. What differs between kinds
 * comes in by props.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import { type ReactElement, type ReactNode } from "react";

import { type ApiFailure } from "../lib/apiFailure";
import { useCopy } from "../lib/useCopy";
import { useDialogSubject } from "../lib/useDialogSubject";
import { useLazyDialog } from "../lib/useLazyDialog";
import { useNotify } from "../lib/useNotify";
import { ActionButton, useDisabledReason } from "./actionButton";
import { ConfirmDialog } from "./confirmDialog";
import { type Column } from "./dataTable";
import { DefinitionDialog } from "./definitionDialog";
import { EmptyState } from "./emptyState";
import { AddIcon, CodeIcon, CopyIcon, DeleteIcon } from "./icons";
import { PageHeader } from "./pageHeader";
import { ResourceTable } from "./resourceTable";
import { RowMenu } from "./rowMenu";

interface Resource {
  readonly id: string;
  readonly name: string;
}

export interface CreateSlotProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

interface ResourceListProps<Row extends Resource> {
  readonly title: string;
  readonly noun: string;
  readonly description: string;
  readonly icon: ReactNode;
  /** What one is good for, for a workspace that has none. */
  readonly lesson: ReactNode;
  readonly rows: readonly Row[] | undefined;
  readonly failure: ApiFailure | null;
  readonly onRetry: () => void;
  readonly columns: readonly Column<Row>[];
  readonly searchText: (row: Row) => string;
  readonly definitionOf: (row: Row) => unknown;
  readonly deletion: UseMutationResult<void, ApiFailure, Row>;
  readonly deleteConsequence: string;
  readonly renderCreate: (props: CreateSlotProps) => ReactNode;
  readonly filters?: ReactNode;
}

function DeleteDialog<Row extends Resource>({
  row,
  isOpen,
  onClose,
  list,
}: {
  readonly row: Row;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly list: ResourceListProps<Row>;
}): ReactElement {
  const { noun, deletion, deleteConsequence } = list;
  const notify = useNotify();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete ${noun} “${row.name}”?`}
      consequence={deleteConsequence}
      confirmLabel={`Delete ${noun}`}
      isPending={deletion.isPending}
      failure={deletion.error}
      onConfirm={() => {
        deletion.mutate(row, {
          onSuccess: () => {
            notify(`Deleted ${row.name}`);
            onClose();
          },
        });
      }}
      onClose={onClose}
    />
  );
}

/** The whole page below the frame. */
export function ResourceList<Row extends Resource>(
  props: ResourceListProps<Row>,
): ReactElement {
  const { title, noun, description, icon, lesson, rows, deletion } = props;
  const { failure, onRetry, columns, searchText, definitionOf } = props;
  const { renderCreate, filters } = props;
  const creating = useLazyDialog();
  const deleted = useDialogSubject<Row>();
  const viewed = useDialogSubject<Row>();
  const copy = useCopy();
  const disabledReason = useDisabledReason("Author");
  const createButton = (
    <ActionButton
      requiredRole="Author"
      startIcon={<AddIcon />}
      onClick={creating.open}
    >
      New {noun}
    </ActionButton>
  );
  const menuOf = (row: Row): ReactElement => (
    <RowMenu
      of={row.name}
      actions={[
        {
          label: "View definition",
          icon: <CodeIcon />,
          onSelect: () => viewed.open(row),
        },
        {
          label: "Copy ID",
          icon: <CopyIcon />,
          onSelect: () => copy(row.id, "ID"),
        },
        {
          label: "Delete…",
          icon: <DeleteIcon />,
          isDestructive: true,
          disabledReason,
          onSelect: () => {
            deletion.reset();
            deleted.open(row);
          },
        },
      ]}
    />
  );
  return (
    <>
      <PageHeader
        title={title}
        description={description}
        action={createButton}
      />
      <ResourceTable
        noun={noun}
        rows={rows}
        failure={failure}
        onRetry={onRetry}
        columns={columns}
        rowId={({ id }) => id}
        searchText={searchText}
        initialSort={{ columnId: "updatedAt", direction: "desc" }}
        renderRowActions={menuOf}
        filters={filters}
        empty={
          <EmptyState
            icon={icon}
            title={`No ${noun}s yet`}
            description={lesson}
            action={createButton}
          />
        }
      />
      {creating.wasOpened &&
        renderCreate({ isOpen: creating.isOpen, onClose: creating.close })}
      {deleted.subject !== null && (
        <DeleteDialog
          row={deleted.subject}
          isOpen={deleted.isOpen}
          onClose={deleted.close}
          list={props}
        />
      )}
      {viewed.subject !== null && (
        <DefinitionDialog
          isOpen={viewed.isOpen}
          title={`Definition of ${viewed.subject.name}`}
          what="definition"
          definition={definitionOf(viewed.subject)}
          onClose={viewed.close}
        />
      )}
    </>
  );
}
