/**
 * How many users there are.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import {
  type GetUsersCountRequest,
  GetUsersCountResponse,
} from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** Of the whole workspace, or of those that the filters leave. */
export function useUsersCountQuery(
  filters: GetUsersCountRequest = {},
): UseQueryResult<GetUsersCountResponse> {
  return useWorkspaceQuery({
    resource: "users",
    request: { method: "POST", path: "/users/count", body: filters },
    schema: GetUsersCountResponse,
    keepsPrevious: true,
  });
}
