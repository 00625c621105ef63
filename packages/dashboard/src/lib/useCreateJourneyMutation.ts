/**
 * Makes a journey.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import {
  type CreateJourneyRequest,
  SavedJourneyResource,
} from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `conflict` when the name is taken, as `invalid` with the bad fields of the definition. */
export function useCreateJourneyMutation(): UseMutationResult<
  SavedJourneyResource,
  ApiFailure,
  CreateJourneyRequest
> {
  return useWorkspaceMutation({
    changes: ["journeys"],
    run: async (body: CreateJourneyRequest, workspaceId) =>
      fetchFromApi(
        { method: "POST", path: "/journeys", workspaceId, body },
        SavedJourneyResource,
      ),
  });
}
