/**
 * What the roles of a workspace rank. Which role a route needs is said at the route (`config.requiredRole`); who has
 * which role is found out in `backend-lib`.
 */
import type { Role } from "./types/member";

/** Lower is more powerful, as in Dittofeed. */
export const ROLE_RANKS: Readonly<Record<Role, number>> = {
  Admin: 10,
  WorkspaceManager: 20,
  Author: 30,
  Viewer: 40,
};

/** True when the role is the required one or a more powerful one. */
export function isAuthorized({
  userRole,
  requiredRole,
}: {
  userRole: Role;
  requiredRole: Role;
}): boolean {
  return ROLE_RANKS[userRole] <= ROLE_RANKS[requiredRole];
}

/** True when someone of `actorRole` may give `role` to a member, or take it away: nobody reaches above themselves.
 *  That they may manage members at all is the route's business. */
export function mayGrantRole({
  actorRole,
  role,
}: {
  actorRole: Role;
  role: Role;
}): boolean {
  return isAuthorized({ userRole: actorRole, requiredRole: role });
}

/** The most powerful of the roles, or null of none. */
export function findHighestRole(roles: readonly Role[]): Role | null {
  return roles.reduce<Role | null>(
    (best, role) =>
      best === null || ROLE_RANKS[role] < ROLE_RANKS[best] ? role : best,
    null,
  );
}
