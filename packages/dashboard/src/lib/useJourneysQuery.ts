/**
 * The journeys that people made in the workspace.
 */
import { type UseQueryResult } from "@tanstack/react-query";

import { ListedJourneys } from "./listedResources";
import { useWorkspaceQuery } from "./workspaceQuery";

/** All of them with their definitions, in no order; those of broadcasts are left out. */
export function useJourneysQuery(): UseQueryResult<ListedJourneys> {
  return useWorkspaceQuery({
    resource: "journeys",
    request: {
      method: "GET",
      path: "/journeys",
      query: { resourceType: "Declarative" },
    },
    schema: ListedJourneys,
  });
}
