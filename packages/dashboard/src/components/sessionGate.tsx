/**
 * Loads the session for the workspace that the address or the browser's memory names, and keeps both in step with it.
 */
import { useRouter } from "next/router";
import { type ReactElement, type ReactNode, useEffect, useMemo } from "react";

import {
  forgetWorkspaceId,
  rememberWorkspaceId,
} from "../lib/rememberedWorkspace";
import { SessionContext, type SessionState } from "../lib/session";
import {
  useSelectedWorkspace,
  WORKSPACE_PARAMETER,
} from "../lib/useSelectedWorkspace";
import { useSessionQuery } from "../lib/useSessionQuery";

function useSessionState(): SessionState {
  const selected = useSelectedWorkspace();
  const { data, error, refetch } = useSessionQuery(selected);
  const isRefused =
    error?.kind === "unauthenticated" || error?.kind === "forbidden";
  // A remembered workspace may have been closed to this member since: start over where the server says.
  const isForgotten =
    selected.source === "memory" && error?.kind === "forbidden";
  useEffect(() => {
    if (isForgotten) {
      forgetWorkspaceId();
      void refetch();
    }
  }, [isForgotten, refetch]);
  return useMemo(() => {
    if (data !== undefined && !isRefused) {
      return { status: "ready", session: data };
    }
    if (error === null || isForgotten) {
      return { status: "loading" };
    }
    return {
      status: "failed",
      failure: error,
      retry: () => {
        void refetch();
      },
    };
  }, [data, error, isForgotten, isRefused, refetch]);
}

/** Gives the session to everything below, and remembers its workspace in the browser and in the address. */
export function SessionGate({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  const state = useSessionState();
  const router = useRouter();
  const session = state.status === "ready" ? state.session : null;
  const workspaceId = session?.workspace.id;
  const hasChoice = session !== null && session.workspaces.length > 1;
  useEffect(() => {
    if (workspaceId === undefined) {
      return;
    }
    rememberWorkspaceId(workspaceId);
    if (hasChoice && router.query[WORKSPACE_PARAMETER] === undefined) {
      void router.replace(
        {
          pathname: router.pathname,
          query: { ...router.query, [WORKSPACE_PARAMETER]: workspaceId },
          hash: window.location.hash,
        },
        undefined,
        { shallow: true, scroll: false },
      );
    }
  }, [hasChoice, router, workspaceId]);
  return <SessionContext value={state}>{children}</SessionContext>;
}
