/**
 * The keys that applications send events with.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import { ListWriteKeysResponse } from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** With their values. Not asked for while `isEnabled` is false: lesser roles may not see them. */
export function useWriteKeysQuery({
  isEnabled,
}: {
  readonly isEnabled: boolean;
}): UseQueryResult<ListWriteKeysResponse> {
  return useWorkspaceQuery({
    resource: "writeKeys",
    request: { method: "GET", path: "/settings/write-keys" },
    schema: ListWriteKeysResponse,
    isEnabled,
  });
}
