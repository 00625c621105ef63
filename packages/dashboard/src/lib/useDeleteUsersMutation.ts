/**
 * Deletes users with all that is known about them.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the users' ids. Ids that are nobody's are no failure. */
export function useDeleteUsersMutation(): UseMutationResult<
  void,
  ApiFailure,
  readonly string[]
> {
  return useWorkspaceMutation({
    changes: ["users", "events"],
    run: async (userIds: readonly string[], workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/users",
        workspaceId,
        body: { userIds },
      }),
  });
}
