// Makes the seal of a context: what proves to the database that this process, and not SQL that someone slipped in, chose
// the workspace. Owns the seal's format and its making; the database checks it (007_sealed_context.sql), config/sealKey.ts
// reads keys, and db/sealKeys.ts takes them to the database.

import { createHmac } from "node:crypto";

import { clock } from "../clock";
import { config } from "../config";
import { parseSealKey, type SealKey } from "../config/sealKey";

/** A seal is good for one to two buckets: five to ten minutes, so that a clock may be five off in either direction. */
const BUCKET_SECONDS = 300;
const MAX_KEPT = 10_000;

function sealOf(key: SealKey, workspaceId: string, expiry: number): string {
  const head = `v1.${key.id}.${expiry}`;
  const mac = createHmac("sha256", key.bytes)
    .update(`${head}.${workspaceId.toLowerCase()}`)
    .digest("hex");
  return `${head}.${mac}`;
}

/**
 * A function that seals a workspace's id under `key` for the five to ten minutes to come. It keeps what it made, up to
 * 10,000 workspaces, so that a seal costs a look-up and not an HMAC.
 */
export function createSealer(key: SealKey): (workspaceId: string) => string {
  const made = new Map<string, string>();
  let madeFor = 0;
  return (workspaceId) => {
    const bucket = Math.floor(clock().now().getTime() / 1000 / BUCKET_SECONDS);
    if (bucket !== madeFor) {
      made.clear();
      madeFor = bucket;
    }
    const known = made.get(workspaceId);
    if (known !== undefined) {
      return known;
    }
    const seal = sealOf(key, workspaceId, (bucket + 2) * BUCKET_SECONDS);
    const [oldest] = made.keys();
    if (made.size >= MAX_KEPT && oldest !== undefined) {
      made.delete(oldest);
    }
    made.set(workspaceId, seal);
    return seal;
  };
}

/** The sealer of the configured key; undefined when none is, and then contexts go unsealed. */
export function configuredSealer():
  ((workspaceId: string) => string) | undefined {
  const { contextSealKey } = config();
  const key =
    contextSealKey === undefined ? undefined : parseSealKey(contextSealKey);
  return key === undefined ? undefined : createSealer(key);
}
