// Which workspace a signed-in person works in, and as what. FACE of requestContext/. Owns the three auth modes, the record
// of members and their accounts, and roles, those inherited from a Parent included. Leaves tokens to auth.ts, and
// statuses and the opening of the tenant context to the API.

export {
  ANONYMOUS_MEMBER,
  type Caller,
  createSessionAuthenticator,
  type SessionAuthenticationError,
  type SessionAuthenticator,
  type SessionCredentials,
  type SessionSettings,
} from "./requestContext/caller";
export {
  findSessionWorkspace,
  listSessionWorkspaces,
  pickSessionWorkspace,
  rememberSessionWorkspace,
  type WorkspaceAccess,
  type WorkspaceAccessError,
} from "./requestContext/workspaceAccess";
