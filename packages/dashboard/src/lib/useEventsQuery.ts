/**
 * A page of the workspace's events, newest first.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import { type EventType, GetEventsResponse } from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

interface EventsPage {
  readonly limit: number;
  readonly offset?: number;
  readonly searchTerm?: string | undefined;
  readonly eventType?: EventType | undefined;
}

/** The page before stays until the next one is there. */
export function useEventsQuery(
  page: EventsPage,
): UseQueryResult<GetEventsResponse> {
  return useWorkspaceQuery({
    resource: "events",
    request: { method: "GET", path: "/events", query: { ...page } },
    schema: GetEventsResponse,
    keepsPrevious: true,
  });
}
