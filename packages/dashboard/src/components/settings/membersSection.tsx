/**
 * Settings: who has which role in the workspace.
 */
import Alert from "@mui/material/Alert";
import Chip from "@mui/material/Chip";
import Typography from "@mui/material/Typography";
import { mayGrantRole } from "isomorphic-lib/src/auth";
import {
  type Role,
  type WorkspaceMemberWithRoles,
} from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import { useCan, useSession, useWorkspaceId } from "../../lib/session";
import { useDialogSubject } from "../../lib/useDialogSubject";
import { useLazyDialog } from "../../lib/useLazyDialog";
import { useMembersQuery } from "../../lib/useMembersQuery";
import { useNotify } from "../../lib/useNotify";
import { useUpdateMemberMutation } from "../../lib/useUpdateMemberMutation";
import { ActionButton } from "../actionButton";
import { type Column, DataTable } from "../dataTable";
import { EmptyState } from "../emptyState";
import { FailureAlert } from "../failureNotice";
import { AddIcon, UserIcon } from "../icons";
import { LazyAddMemberDialog } from "../lazyDialogs";
import { DeleteButton } from "./deleteButton";
import { RemoveMemberDialog } from "./removeMemberDialog";
import { RoleField, roleLabel } from "./roleField";
import { SectionActions } from "./sectionActions";

interface MemberRow {
  readonly id: string;
  readonly email: string;
  readonly name: string | undefined;
  readonly role: Role;
}

function toRows(
  members: readonly WorkspaceMemberWithRoles[],
  workspaceId: string,
): MemberRow[] {
  return members
    .flatMap(({ member: { id, email, name, nickname }, roles }) => {
      const here = roles.find((role) => role.workspaceId === workspaceId);
      return here === undefined
        ? []
        : [{ id, email, name: name ?? nickname, role: here.role }];
    })
    .sort((a, b) => a.email.localeCompare(b.email));
}

function NameOfMember({ row }: { readonly row: MemberRow }): ReactElement {
  const { member } = useSession();
  return (
    <>
      <Typography
        component="div"
        sx={{ fontWeight: 600, overflowWrap: "anywhere" }}
      >
        {row.name ?? row.email}{" "}
        {member.id === row.id && <Chip size="small" label="You" />}
      </Typography>
      {row.name !== undefined && (
        <Typography
          variant="body2"
          sx={{ color: "text.secondary", overflowWrap: "anywhere" }}
        >
          {row.email}
        </Typography>
      )}
    </>
  );
}

/** Only those at or below the actor's own role can be changed. */
function useMayChange(): (row: MemberRow) => boolean {
  const { role: actorRole } = useSession();
  const canManage = useCan("WorkspaceManager");
  return ({ role }) => canManage && mayGrantRole({ actorRole, role });
}

function SignInHint(): ReactElement | null {
  const { authMode } = useSession();
  return authMode === "multi-tenant" ? null : (
    <Alert severity="info" sx={{ mb: 2 }}>
      Members sign in when the server runs with AUTH_MODE=multi-tenant. Until
      then their roles are kept, but nobody is asked for them.
    </Alert>
  );
}

/** Everybody may look; who may change what follows from the roles. */
export function MembersSection(): ReactElement {
  const workspaceId = useWorkspaceId();
  const { data, error, refetch } = useMembersQuery();
  const update = useUpdateMemberMutation();
  const notify = useNotify();
  const mayChange = useMayChange();
  const adding = useLazyDialog();
  const removed = useDialogSubject<MemberRow>();
  const rows = data && toRows(data.memberRoles, workspaceId);
  const changeRole = ({ email }: MemberRow, role: Role): void =>
    update.mutate(
      { email, role },
      { onSuccess: () => notify(`${email} is now ${roleLabel(role)}`) },
    );
  const columns: readonly Column<MemberRow>[] = [
    {
      id: "member",
      label: "Member",
      render: (row) => <NameOfMember row={row} />,
    },
    {
      id: "role",
      label: "Role",
      width: 190,
      render: (row) =>
        mayChange(row) ? (
          <RoleField
            isInline
            label={`Role of ${row.email}`}
            role={row.role}
            isDisabled={update.isPending}
            onChange={(role) => changeRole(row, role)}
          />
        ) : (
          roleLabel(row.role)
        ),
    },
  ];
  const addButton = (
    <ActionButton
      requiredRole="WorkspaceManager"
      variant="outlined"
      startIcon={<AddIcon />}
      onClick={adding.open}
    >
      Add member
    </ActionButton>
  );
  return (
    <>
      <SectionActions>{rows?.length !== 0 && addButton}</SectionActions>
      <SignInHint />
      <FailureAlert failure={update.error} />
      <DataTable
        label="Members"
        columns={columns}
        rows={rows}
        rowId={({ id }) => id}
        renderRowActions={(row) =>
          mayChange(row) && (
            <DeleteButton
              label={`Remove ${row.email}`}
              onClick={() => removed.open(row)}
            />
          )
        }
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        empty={
          <EmptyState
            icon={<UserIcon fontSize="large" />}
            title="No members yet"
            description="Add the people who work in this workspace, each with the least role that lets them do their work."
            action={addButton}
          />
        }
      />
      {adding.wasOpened && (
        <LazyAddMemberDialog isOpen={adding.isOpen} onClose={adding.close} />
      )}
      {removed.subject !== null && (
        <RemoveMemberDialog
          key={removed.subject.id}
          email={removed.subject.email}
          isOpen={removed.isOpen}
          onClose={removed.close}
        />
      )}
    </>
  );
}
