/**
 * Makes an admin API key.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import { CreateAdminApiKeyResponse } from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Takes the key's name. The answer is the only one that ever holds the key. Fails as `conflict` when the name is
 *  taken. */
export function useCreateAdminApiKeyMutation(): UseMutationResult<
  CreateAdminApiKeyResponse,
  ApiFailure,
  string
> {
  return useWorkspaceMutation({
    changes: ["adminApiKeys"],
    run: async (name: string, workspaceId) =>
      fetchFromApi(
        { method: "POST", path: "/admin-keys", workspaceId, body: { name } },
        CreateAdminApiKeyResponse,
      ),
  });
}
