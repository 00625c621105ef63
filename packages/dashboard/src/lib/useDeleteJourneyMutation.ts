/**
 * Deletes a journey.
 */
import { type UseMutationResult } from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { type ListedJourney } from "./listedResources";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `notFound` when somebody else was quicker. */
export function useDeleteJourneyMutation(): UseMutationResult<
  void,
  ApiFailure,
  ListedJourney
> {
  return useWorkspaceMutation({
    changes: ["journeys"],
    run: async ({ id }: ListedJourney, workspaceId) =>
      sendToApi({
        method: "DELETE",
        path: "/journeys/v2",
        workspaceId,
        query: { id },
      }),
  });
}
