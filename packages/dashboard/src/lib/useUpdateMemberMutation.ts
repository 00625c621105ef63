/**
 * Changes a member's role in the workspace.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import { MemberRole } from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { type MemberAndRole } from "./useCreateMemberMutation";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `notFound` when the person has no role here any more. */
export function useUpdateMemberMutation(): UseMutationResult<
  MemberRole,
  ApiFailure,
  MemberAndRole
> {
  return useWorkspaceMutation({
    changes: ["members", "session"],
    run: async (body: MemberAndRole, workspaceId) =>
      fetchFromApi(
        { method: "PUT", path: "/permissions", workspaceId, body },
        MemberRole,
      ),
  });
}
