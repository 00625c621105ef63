/**
 * The segments that people made in the workspace.
 */
import { type UseQueryResult } from "@tanstack/react-query";

import { ListedSegments } from "./listedResources";
import { useWorkspaceQuery } from "./workspaceQuery";

/** All of them, in no order; the host's own segments are left out. */
export function useSegmentsQuery(): UseQueryResult<ListedSegments> {
  return useWorkspaceQuery({
    resource: "segments",
    request: {
      method: "GET",
      path: "/segments",
      query: { resourceType: "Declarative" },
    },
    schema: ListedSegments,
  });
}
