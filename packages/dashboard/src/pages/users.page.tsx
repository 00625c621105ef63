/**
 * The users of the workspace.
 */
import { type ReactElement } from "react";

import { ActionButton } from "../components/actionButton";
import { DashboardPage } from "../components/dashboardPage";
import { AddIcon } from "../components/icons";
import { LazyAddUserDialog } from "../components/lazyDialogs";
import { PageHeader } from "../components/pageHeader";
import { UserTable } from "../components/users/userTable";
import { useLazyDialog } from "../lib/useLazyDialog";

function Users(): ReactElement {
  const adding = useLazyDialog();
  const addButton = (
    // The write key that adding takes is for Admins.
    <ActionButton
      requiredRole="Admin"
      startIcon={<AddIcon />}
      onClick={adding.open}
    >
      Add user
    </ActionButton>
  );
  return (
    <>
      <PageHeader
        title="Users"
        description="The people whom this workspace sends messages to, as your events describe them."
        action={addButton}
      />
      <UserTable addButton={addButton} />
      {adding.wasOpened && (
        <LazyAddUserDialog isOpen={adding.isOpen} onClose={adding.close} />
      )}
    </>
  );
}

export default function UsersPage(): ReactElement {
  return (
    <DashboardPage title="Users">
      <Users />
    </DashboardPage>
  );
}
