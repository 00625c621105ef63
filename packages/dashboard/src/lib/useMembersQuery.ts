/**
 * The members of the workspace and their roles.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import { GetPermissionsResponse } from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** Everybody with a role of their own in this workspace. */
export function useMembersQuery(): UseQueryResult<GetPermissionsResponse> {
  return useWorkspaceQuery({
    resource: "members",
    request: { method: "GET", path: "/permissions" },
    schema: GetPermissionsResponse,
  });
}
