/**
 * The session as the pages use it. Loading it, and what to show without one, is `components/sessionGate.tsx`'s.
 * Hiding what a role may not do is a courtesy; the API decides.
 */
import { isAuthorized } from "isomorphic-lib/src/auth";
import { type GetSessionResponse, type Role } from "isomorphic-lib/src/types";
import { createContext, use } from "react";

import { type ApiFailure } from "./apiFailure";
import { WORKSPACE_PARAMETER } from "./useSelectedWorkspace";

export type SessionState =
  | { readonly status: "loading" }
  | {
      readonly status: "failed";
      readonly failure: ApiFailure;
      readonly retry: () => void;
    }
  | { readonly status: "ready"; readonly session: GetSessionResponse };

/** Given by the session gate; whatever stands outside of it sees a session that never comes. */
export const SessionContext = createContext<SessionState>({
  status: "loading",
});

/** The session, or null while there is none. */
export function useMaybeSession(): GetSessionResponse | null {
  const state = use(SessionContext);
  return state.status === "ready" ? state.session : null;
}

/** The session. Only inside of a dashboard page's content; anywhere else it is a bug and throws. */
export function useSession(): GetSessionResponse {
  const session = useMaybeSession();
  if (session === null) {
    throw new Error("useSession is for the content of a dashboard page");
  }
  return session;
}

/** The id that every request for this page is about. */
export function useWorkspaceId(): string {
  return useSession().workspace.id;
}

/** Whether the member may do in this workspace what needs the role. */
export function useCan(requiredRole: Role): boolean {
  return isAuthorized({ userRole: useSession().role, requiredRole });
}

/** Makes addresses of pages that stay in the present workspace, also when they are sent to somebody else. */
export function useWorkspaceAddress(): (pathname: string) => string {
  const session = useMaybeSession();
  return (pathname) =>
    session === null || session.workspaces.length < 2
      ? pathname
      : `${pathname}?${WORKSPACE_PARAMETER}=${session.workspace.id}`;
}
