/**
 * The names of the keys that programs manage the workspace with.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import { GetAdminApiKeysResponse } from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** Never with their values. Not asked for while `isEnabled` is false: lesser roles may not see them. */
export function useAdminApiKeysQuery({
  isEnabled,
}: {
  readonly isEnabled: boolean;
}): UseQueryResult<GetAdminApiKeysResponse> {
  return useWorkspaceQuery({
    resource: "adminApiKeys",
    request: { method: "GET", path: "/admin-keys" },
    schema: GetAdminApiKeysResponse,
    isEnabled,
  });
}
