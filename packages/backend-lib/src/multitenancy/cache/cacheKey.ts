// Where a value lies. Owns that no two of workspace, kind and key meet in one place, whatever they hold; the places themselves
// belong to the tiers.

import { createHash } from "node:crypto";

import { isWorkspaceId } from "../tenantContext";
import { type Stamp } from "./books";
import { type CacheKind } from "./kind";

/** A workspace's id as caches use it. Throws TypeError when it is no UUID: nothing else can name a place. */
export function cacheWorkspaceId(workspaceId: string): string {
  const id = workspaceId.toLowerCase();
  if (!isWorkspaceId(id)) {
    throw new TypeError("A cache needs a workspace id that is a UUID.");
  }
  return id;
}

/** The generations that a value was loaded under, and whose they are where that is not its own workspace. */
export function tokensOf(
  stamps: readonly Stamp[],
  workspaceId: string,
): string {
  return stamps
    .map(({ workspaceId: of, token }) =>
      of === workspaceId ? token : `${of}.${token}`,
    )
    .join("_");
}

const PLAIN = /^[a-zA-Z0-9-]{0,80}$/;

/** In UTF-16, since not every string has a form in UTF-8: lone surrogates would all become the same. */
const digest = (key: string) =>
  createHash("sha256").update(key, "utf16le").digest("base64url");

/**
 * Where Redis keeps a value. The braces keep a workspace in one slot of a Redis Cluster; a plain key stands as it is, any
 * other as its digest, and the first letter tells which.
 */
export function sharedKey<T>(
  kind: CacheKind<T>,
  workspaceId: string,
  key: string,
  stamps: readonly Stamp[],
): string {
  const kindName = `${kind.name}.${kind.shapeVersion ?? ""}`;
  const name = PLAIN.test(key) ? `k${key}` : `h${digest(key)}`;
  return `workspace:{${workspaceId}}:${tokensOf(stamps, workspaceId)}:${kindName}:${name}`;
}
