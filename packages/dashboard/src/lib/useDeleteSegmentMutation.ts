/**
 * Deletes a segment.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { type ListedSegment } from "./listedResources";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `notFound` when somebody else was quicker. */
export function useDeleteSegmentMutation(): UseMutationResult<
  void,
  ApiFailure,
  ListedSegment
> {
  return useWorkspaceMutation({
    changes: ["segments"],
    run: async ({ id }: ListedSegment, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/segments/v2",
        workspaceId,
        query: { id },
      }),
  });
}
