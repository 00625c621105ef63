/**
 * Which workspace the page is about: the one in the address (`?workspaceId=`), so that links can be shared, else the
 * remembered one, else the server's choice. Whether the member may see it is the session's business.
 */
import { isUuid } from "isomorphic-lib/src/formats";
import { useRouter } from "next/router";

import { recallWorkspaceId } from "./rememberedWorkspace";
import { useHydrated } from "./useHydrated";

/** The query parameter of every page's address. */
export const WORKSPACE_PARAMETER = "workspaceId";

export type SelectedWorkspace =
  | { readonly source: "unknown" }
  | { readonly source: "address" | "memory"; readonly workspaceId: string }
  | { readonly source: "server" };

/** `unknown` until the browser has taken over the exported page. */
export function useSelectedWorkspace(): SelectedWorkspace {
  const { isReady, query } = useRouter();
  const isHydrated = useHydrated();
  if (!isReady || !isHydrated) {
    return { source: "unknown" };
  }
  const named = query[WORKSPACE_PARAMETER];
  if (typeof named === "string" && isUuid(named)) {
    return { source: "address", workspaceId: named.toLowerCase() };
  }
  const remembered = recallWorkspaceId();
  return remembered !== null && isUuid(remembered)
    ? { source: "memory", workspaceId: remembered }
    : { source: "server" };
}
