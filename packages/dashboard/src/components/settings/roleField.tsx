/**
 * The choice of a role, limited to what the member may give.
 */
import { mayGrantRole } from "isomorphic-lib/src/auth";
import { type Role } from "isomorphic-lib/src/types";
import { type ReactElement, type ReactNode } from "react";

import { useSession } from "../../lib/session";
import { SelectField } from "../selectField";

/** From the least to the most powerful. */
const ROLES: readonly Role[] = [
  "Viewer",
  "Author",
  "WorkspaceManager",
  "Admin",
];

const LABELS: Readonly<Record<Role, string>> = {
  Viewer: "Viewer",
  Author: "Author",
  WorkspaceManager: "Manager",
  Admin: "Admin",
};

/** What each role is for, in one sentence. */
export const ROLE_EXPLANATIONS: Readonly<Record<Role, string>> = {
  Viewer: "Sees everything except keys and secrets.",
  Author: "Also changes segments, journeys, templates and users.",
  WorkspaceManager: "Also manages members.",
  Admin: "Also manages keys, secrets and providers.",
};

interface RoleFieldProps {
  readonly label: string;
  readonly role: Role;
  readonly onChange: (role: Role) => void;
  readonly isInline?: boolean;
  readonly isDisabled?: boolean;
  readonly helperText?: ReactNode;
}

/** How a role is called. */
export function roleLabel(role: Role): string {
  return LABELS[role];
}

/** A drop-down list; the present role is in it in any case. */
export function RoleField(props: RoleFieldProps): ReactElement {
  const { label, role, onChange, helperText } = props;
  const { isInline = false, isDisabled = false } = props;
  const { role: actorRole } = useSession();
  const options = ROLES.filter(
    (option) => option === role || mayGrantRole({ actorRole, role: option }),
  ).map((option) => ({ value: option, label: LABELS[option] }));
  return (
    <SelectField
      label={label}
      value={role}
      options={options}
      onChange={onChange}
      isInline={isInline}
      disabled={isDisabled}
      helperText={helperText}
    />
  );
}
