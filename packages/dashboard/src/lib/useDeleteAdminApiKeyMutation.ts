/**
 * Deletes an admin API key; from then on requests with it are refused.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the key's id. */
export function useDeleteAdminApiKeyMutation(): UseMutationResult<
  void,
  ApiFailure,
  string
> {
  return useWorkspaceMutation({
    changes: ["adminApiKeys"],
    run: async (id: string, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/admin-keys",
        workspaceId,
        query: { id },
      }),
  });
}
