// Reads off what a client is still sending before it is refused. Closing a connection with unread data resets it, and the
// client would see a broken pipe instead of the answer. Owns how much and how long: a refusal must stay cheap.

import { type IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";

const MAX_DRAINED_BYTES = 64 * 1024 * 1024;
const MAX_DRAIN_MS = 5_000;

/** Resolves when the request is read to its end, has gone away, or has used up its allowance. Never rejects. */
export async function drainRequest(raw: IncomingMessage): Promise<void> {
  if (raw.readableEnded || raw.complete || raw.destroyed) {
    return;
  }
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), MAX_DRAIN_MS);
  let drained = 0;
  const count = (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MAX_DRAINED_BYTES) {
      given.abort();
    }
  };
  try {
    raw.on("data", count);
    await finished(raw, { signal: given.signal, writable: false });
  } catch {
    // It went away or has used up its allowance: the answer is sent either way.
  } finally {
    clearTimeout(timer);
    raw.off("data", count);
  }
}
