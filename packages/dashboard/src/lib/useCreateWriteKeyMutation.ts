/**
 * Makes a write key.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the key's name; a name that exists keeps its key. */
export function useCreateWriteKeyMutation(): UseMutationResult<
  void,
  ApiFailure,
  string
> {
  return useWorkspaceMutation({
    changes: ["writeKeys"],
    run: async (writeKeyName: string, workspaceId) =>
      sendToApi({
        method: "PUT",
        path: "/settings/write-keys",
        workspaceId,
        body: { writeKeyName },
      }),
  });
}
