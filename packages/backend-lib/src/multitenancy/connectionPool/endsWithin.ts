// Waiting for the end of something, but not for ever. Owns the clock of it; what comes after is its callers' business.

import { setTimeout as sleep } from "node:timers/promises";

/** True when `work` has ended within `ms`. */
export async function endsWithin(work: Promise<unknown>, ms: number) {
  const tooLate = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(ms, false, { signal: tooLate.signal }),
    ]);
  } finally {
    tooLate.abort();
  }
}
