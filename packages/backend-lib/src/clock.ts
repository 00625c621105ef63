// Time as a value that tests can hold still. Owns nothing else; timers stay with their users.

export interface Clock {
  /** The present moment. */
  now(): Date;
}

const systemClock: Clock = { now: () => new Date() };
let current: Clock = systemClock;

/** The clock of this process. */
export function clock(): Clock {
  return current;
}

/** Sets the clock and returns a function that puts the former one back. For tests. */
export function useClock(replacement: Clock): () => void {
  const former = current;
  current = replacement;
  return () => {
    current = former;
  };
}
