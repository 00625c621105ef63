// Small cryptographic helpers over node:crypto. Owns random keys and constant-time comparison; encryption of stored
// values belongs to security/.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** `bytes` random bytes as lower-case hex: twice as many characters. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** Whether two strings are equal, in a time that tells neither their content nor where they differ. */
export function constantTimeEquals(left: string, right: string): boolean {
  const digest = (text: string) =>
    createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(left), digest(right));
}
