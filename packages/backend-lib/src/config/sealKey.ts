// A key of the sealed context as an operator writes it. Owns reading it and naming it; multitenancy/contextSeal.ts seals
// with it.

import { createHash } from "node:crypto";

const KEY_BYTES = 32;

export interface SealKey {
  /** Follows from the key and tells nothing of it, so the two cannot be mixed up. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** Reads a key of 32 bytes in base64; undefined when it is not one. */
export function parseSealKey(base64: string): SealKey | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/]+=*$/.test(base64)) {
    return undefined;
  }
  const id = createHash("sha256")
    .update("dittofeed context seal key id")
    .update(bytes)
    .digest("hex")
    .slice(0, 16);
  return { id, bytes };
}
