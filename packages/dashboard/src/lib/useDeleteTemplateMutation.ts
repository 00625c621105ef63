/**
 * Deletes a message template.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { type ListedTemplate } from "./listedResources";
import { useWorkspaceMutation } from "./workspaceQuery";

/** The API wants the channel named beside the id. Fails as `notFound` when somebody else was quicker. */
export function useDeleteTemplateMutation(): UseMutationResult<
  void,
  ApiFailure,
  ListedTemplate
> {
  return useWorkspaceMutation({
    changes: ["templates"],
    run: async ({ id, type }: ListedTemplate, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/content/templates/v2",
        workspaceId,
        query: { id, type },
      }),
  });
}
