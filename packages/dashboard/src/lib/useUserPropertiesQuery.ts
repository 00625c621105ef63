/**
 * The user properties of the workspace, by name: what users can be searched by.
 */
import { type Static, Type } from "@sinclair/typebox";
import { type UseQueryResult } from "@tanstack/react-query";
import { ResourceName, Uuid } from "isomorphic-lib/src/types";

import { useWorkspaceQuery } from "./workspaceQuery";

/** Only what is used here; the definitions are left alone. */
export const NamedUserProperties = Type.Object({
  userProperties: Type.Array(Type.Object({ id: Uuid, name: ResourceName })),
});
export type NamedUserProperties = Static<typeof NamedUserProperties>;

/** All of them, in no order. */
export function useUserPropertiesQuery(): UseQueryResult<NamedUserProperties> {
  return useWorkspaceQuery({
    resource: "userProperties",
    request: { method: "GET", path: "/user-properties" },
    schema: NamedUserProperties,
  });
}
