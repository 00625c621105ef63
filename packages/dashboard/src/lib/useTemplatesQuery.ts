/**
 * The message templates that people made in the workspace.
 */
import { type UseQueryResult } from "@tanstack/react-query";

import { ListedTemplates } from "./listedResources";
import { useWorkspaceQuery } from "./workspaceQuery";

/** All of them, of every channel, in no order. */
export function useTemplatesQuery(): UseQueryResult<ListedTemplates> {
  return useWorkspaceQuery({
    resource: "templates",
    request: {
      method: "GET",
      path: "/content/templates",
      query: { resourceType: "Declarative" },
    },
    schema: ListedTemplates,
  });
}
