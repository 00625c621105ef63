// One deadline for many requests that wait for answers, with one timer. Owns that a request is given up only after this process has
// looked at what has arrived: when the process itself was busy, the answer is here, and the server was not slow.

/** A request that waits. */
export interface Waiting {
  /** Its answer has come, or it was given up. */
  readonly isOver: boolean;
  /** By `performance.now()`. */
  readonly dueAt: number;
}

const FULL_AT_LEAST = 64;

export class Deadlines<W extends Waiting> {
  readonly #deadlineMs: number;

  readonly #expire: (waiting: W) => void;

  /** In the order of their deadlines, since all have the same time. */
  #waiting: W[] = [];

  /** So many are looked through for those that are over: what is kept long is dear to collect. */
  #fullAt = FULL_AT_LEAST;

  #timer: NodeJS.Timeout | undefined;

  /** `expire` is called for what is late, and has to see to it that it `isOver`; it may take others with it. */
  constructor(deadlineMs: number, expire: (waiting: W) => void) {
    this.#deadlineMs = deadlineMs;
    this.#expire = expire;
  }

  /** The `dueAt` of a request that begins now. */
  next(): number {
    return performance.now() + this.#deadlineMs;
  }

  add(waiting: W): void {
    if (this.#waiting.push(waiting) >= this.#fullAt) {
      this.#tidy();
    }
    this.#timer ??= setTimeout(this.#tick, this.#deadlineMs);
  }

  /** Expires those that meet the condition now, such as all that wait for the same server. */
  expireWhere(isMeant: (waiting: W) => boolean): void {
    this.#waiting.filter(isMeant).forEach((each) => {
      if (!each.isOver) {
        this.#expire(each);
      }
    });
  }

  /** Timers run before sockets are read, and `setImmediate` after that. */
  readonly #tick = (): void => {
    const now = performance.now();
    this.#tidy();
    const isLate = (each: W) => each.dueAt <= now;
    if (this.#waiting.some(isLate)) {
      setImmediate(() => {
        this.expireWhere(isLate);
        this.#rearm();
      });
    } else {
      this.#rearm();
    }
  };

  #tidy(): void {
    this.#waiting = this.#waiting.filter((each) => !each.isOver);
    this.#fullAt = Math.max(this.#waiting.length * 2, FULL_AT_LEAST);
  }

  #rearm(): void {
    const next = this.#waiting.find((each) => !each.isOver);
    this.#timer =
      next &&
      setTimeout(this.#tick, Math.max(next.dueAt - performance.now(), 1));
  }
}
