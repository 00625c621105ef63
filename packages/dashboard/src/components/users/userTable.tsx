/**
 * The list of users with its search, its pages, and what can be done with one of them.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { type UserResource } from "isomorphic-lib/src/types";
import { type ReactElement, type ReactNode } from "react";

import { formatQuantity } from "../../lib/formatting";
import { useCopy } from "../../lib/useCopy";
import { useDialogSubject } from "../../lib/useDialogSubject";
import { BY_USER_ID, type UserList, useUserList } from "../../lib/useUserList";
import { useUserPropertiesQuery } from "../../lib/useUserPropertiesQuery";
import { useDisabledReason } from "../actionButton";
import { DataTable } from "../dataTable";
import { EmptyState } from "../emptyState";
import { CopyIcon, DeleteIcon, SearchIcon, UserIcon } from "../icons";
import { Pager } from "../pager";
import { RowMenu } from "../rowMenu";
import { SearchField } from "../searchField";
import { SelectField } from "../selectField";
import { DeleteUserDialog } from "./deleteUserDialog";
import { USER_COLUMNS } from "./userColumns";
import { UserDialog } from "./userDialog";

function Toolbar({ list }: { readonly list: UserList }): ReactElement {
  const { data } = useUserPropertiesQuery();
  const properties = (data?.userProperties ?? [])
    .filter(({ name }) => name !== "id")
    .map(({ id, name }) => ({ value: id, label: name }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const searchable = [{ value: BY_USER_ID, label: "User ID" }, ...properties];
  const by = searchable.find(({ value }) => value === list.searchBy)?.label;
  return (
    <Box
      sx={{
        display: "flex",
        flexWrap: "wrap",
        alignItems: "center",
        gap: 1.5,
        mb: 2,
      }}
    >
      <SelectField
        isInline
        label="Search by"
        value={list.searchBy}
        options={searchable}
        onChange={list.setSearchBy}
      />
      <SearchField
        label={`Exact ${by ?? "User ID"}`}
        value={list.search}
        onChange={list.setSearch}
      />
      <Typography
        role="status"
        variant="body2"
        sx={{ color: "text.secondary", ml: { sm: "auto" }, minHeight: 20 }}
      >
        {list.count !== undefined && formatQuantity(list.count, "user")}
      </Typography>
    </Box>
  );
}

function pagerOf({ users, setPlace }: UserList): ReactElement {
  const { nextCursor, previousCursor } = users.data ?? {};
  return (
    <Pager
      text=""
      onPrevious={
        previousCursor === undefined
          ? undefined
          : () => setPlace({ cursor: previousCursor, direction: "before" })
      }
      onNext={
        nextCursor === undefined
          ? undefined
          : () => setPlace({ cursor: nextCursor, direction: "after" })
      }
    />
  );
}

function Nobody({
  list,
  addButton,
}: {
  readonly list: UserList;
  readonly addButton: ReactNode;
}): ReactElement {
  return list.isFiltered ? (
    <EmptyState
      role="status"
      icon={<SearchIcon fontSize="large" />}
      title="No user matches"
      description="The search compares whole values, in upper and lower case as written."
      action={
        <Button onClick={() => list.setSearch("")}>Clear the search</Button>
      }
    />
  ) : (
    <EmptyState
      icon={<UserIcon fontSize="large" />}
      title="No users yet"
      description="Users appear by themselves with the first event that your application sends about them. The home page has a command to try it."
      action={addButton}
    />
  );
}

/** `addButton` is offered once more where there is nobody. */
export function UserTable({
  addButton,
}: {
  readonly addButton: ReactNode;
}): ReactElement {
  const list = useUserList();
  const viewed = useDialogSubject<UserResource>();
  const deleted = useDialogSubject<UserResource>();
  const disabledReason = useDisabledReason("Author");
  const copy = useCopy();
  const { data, error, refetch, isPlaceholderData } = list.users;
  const menuOf = (user: UserResource): ReactElement => (
    <RowMenu
      of={user.id}
      actions={[
        {
          label: "View user",
          icon: <UserIcon />,
          onSelect: () => viewed.open(user),
        },
        {
          label: "Copy ID",
          icon: <CopyIcon />,
          onSelect: () => copy(user.id, "user ID"),
        },
        {
          label: "Delete…",
          icon: <DeleteIcon />,
          isDestructive: true,
          disabledReason,
          onSelect: () => deleted.open(user),
        },
      ]}
    />
  );
  return (
    <>
      <Toolbar list={list} />
      <DataTable
        label="Users"
        columns={USER_COLUMNS}
        rows={data?.users}
        rowId={({ id }) => id}
        renderRowActions={menuOf}
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        isRefreshing={isPlaceholderData}
        sort={{ columnId: "id", direction: list.sortOrder }}
        onSort={({ direction }) => list.setSortOrder(direction)}
        empty={<Nobody list={list} addButton={addButton} />}
        footer={pagerOf(list)}
      />
      {viewed.subject !== null && (
        <UserDialog
          user={viewed.subject}
          isOpen={viewed.isOpen}
          onClose={viewed.close}
        />
      )}
      {deleted.subject !== null && (
        <DeleteUserDialog
          key={deleted.subject.id}
          userId={deleted.subject.id}
          isOpen={deleted.isOpen}
          onClose={deleted.close}
        />
      )}
    </>
  );
}
