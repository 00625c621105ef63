/**
 * The session: who is signed in, in which workspace, with which role, and where else they may go.
 */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { GetSessionResponse } from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { SESSION_QUERY } from "./queryClient";
import { type SelectedWorkspace } from "./useSelectedWorkspace";

/** The session in the selected workspace. Fails as `unauthenticated` without a sign-in, as `forbidden` when the member
 *  has no role there. Idle while the selection is `unknown`. */
export function useSessionQuery(
  selected: SelectedWorkspace,
): UseQueryResult<GetSessionResponse> {
  const workspaceId = "workspaceId" in selected ? selected.workspaceId : null;
  return useQuery({
    queryKey: [SESSION_QUERY, { workspaceId }],
    enabled: selected.source !== "unknown",
    queryFn: async ({ signal, client }) => {
      const session = await fetchFromApi(
        { method: "GET", path: "/session", workspaceId, signal },
        GetSessionResponse,
      );
      // Where the server chose, the address will name its choice in a moment: the answer is the same.
      client.setQueryData(
        [SESSION_QUERY, { workspaceId: session.workspace.id }],
        session,
      );
      return session;
    },
  });
}
