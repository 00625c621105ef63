/**
 * Deletes a write key; from then on events sent with it are refused.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the key's name. */
export function useDeleteWriteKeyMutation(): UseMutationResult<
  void,
  ApiFailure,
  string
> {
  return useWorkspaceMutation({
    changes: ["writeKeys"],
    run: async (writeKeyName: string, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/settings/write-keys",
        workspaceId,
        body: { writeKeyName },
      }),
  });
}
