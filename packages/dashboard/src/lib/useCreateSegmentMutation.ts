/**
 * Makes a segment.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import {
  type CreateSegmentRequest,
  SavedSegmentResource,
} from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `conflict` when the name is taken, as `invalid` with the bad fields of the definition. */
export function useCreateSegmentMutation(): UseMutationResult<
  SavedSegmentResource,
  ApiFailure,
  CreateSegmentRequest
> {
  return useWorkspaceMutation({
    changes: ["segments"],
    run: async (body: CreateSegmentRequest, workspaceId) =>
      fetchFromApi(
        { method: "POST", path: "/segments", workspaceId, body },
        SavedSegmentResource,
      ),
  });
}
