/**
 * A page of the workspace's users.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import {
  type GetUsersRequest,
  GetUsersResponse,
} from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** The users that the request asks for. The page before stays until the next one is there. */
export function useUsersQuery(
  request: GetUsersRequest,
): UseQueryResult<GetUsersResponse> {
  return useWorkspaceQuery({
    resource: "users",
    request: { method: "POST", path: "/users", body: request },
    schema: GetUsersResponse,
    keepsPrevious: true,
  });
}
