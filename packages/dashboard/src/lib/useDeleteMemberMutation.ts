/**
 * Takes a member's role in the workspace away.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the member's e-mail address. */
export function useDeleteMemberMutation(): UseMutationResult<
  void,
  ApiFailure,
  string
> {
  return useWorkspaceMutation({
    changes: ["members", "session"],
    run: async (email: string, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/permissions",
        workspaceId,
        body: { email },
      }),
  });
}
