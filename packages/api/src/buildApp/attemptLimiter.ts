// Slows down guessing: after a few failures of one source it has to wait. Owns the counting, in this process's memory and
// bounded; a single password needs no more.

import { clock } from "backend-lib/src/clock";

const MAX_FAILURES = 5;
const WINDOW_MS = 60_000;
const MAX_SOURCES = 10_000;

export interface AttemptLimiter {
  /** Seconds until the source's next attempt is looked at; 0: now. */
  blockedForSeconds(source: string): number;
  recordFailure(source: string): void;
  forget(source: string): void;
}

/** At most 5 failures a minute and source. When 10,000 sources failed lately, the one that began first is forgotten. */
export function createAttemptLimiter(): AttemptLimiter {
  const failures = new Map<string, { count: number; since: number }>();

  const recent = (source: string) => {
    const known = failures.get(source);
    if (
      known !== undefined &&
      clock().now().getTime() - known.since >= WINDOW_MS
    ) {
      failures.delete(source);
      return undefined;
    }
    return known;
  };

  return {
    blockedForSeconds(source) {
      const known = recent(source);
      return known === undefined || known.count < MAX_FAILURES
        ? 0
        : Math.ceil((known.since + WINDOW_MS - clock().now().getTime()) / 1000);
    },
    recordFailure(source) {
      const known = recent(source);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const [oldest] = failures.keys();
      if (oldest !== undefined && failures.size >= MAX_SOURCES) {
        failures.delete(oldest);
      }
      failures.set(source, { count: 1, since: clock().now().getTime() });
    },
    forget(source) {
      failures.delete(source);
    },
  };
}
