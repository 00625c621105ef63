// Whether a server is worth asking. Open after it was silent or lost, until a probe, one at a time, is answered. Owns when to
// probe; what a probe is, and what silence is, its users say. No request ever serves as a probe: none has to wait for a server
// that is away.

/** `halfOpen`: a probe is under way. */
export type BreakerState = "closed" | "open" | "halfOpen";

export interface BreakerOptions {
  /** Asks the server something; false when it did not answer. Must not reject. */
  readonly probe: () => Promise<boolean>;
  /** It has just opened. */
  readonly onOpen?: () => void;
  /** Begins open: there is no connection yet. */
  readonly isOpen?: boolean;
}

/** Between probes: doubles with each that fails. */
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 2_000;
/** What opens again within this time after it closed rests, longer each time: a server that answers only probes. */
const CALM_MS = 10_000;
const REST_MS_MAX = 5_000;

export class Breaker {
  /** Read with every request; the rest is only for when something is wrong. */
  isClosed = true;

  readonly #options: BreakerOptions;

  #isProbing = false;

  #isStopped = false;

  #timer: NodeJS.Timeout | undefined;

  #pauseMs = PAUSE_MS;

  #restMs = 0;

  #openedAt = 0;

  #closedAt = -Infinity;

  constructor(options: BreakerOptions) {
    this.#options = options;
    if (options.isOpen === true) {
      this.isClosed = false;
      this.#probeIn(PAUSE_MS);
    }
  }

  get state(): BreakerState {
    if (this.isClosed) {
      return "closed";
    }
    return this.#isProbing ? "halfOpen" : "open";
  }

  /** The server was silent, or is lost. */
  trip(): void {
    if (!this.isClosed || this.#isStopped) {
      return;
    }
    this.isClosed = false;
    this.#openedAt = performance.now();
    const isFlapping = this.#openedAt - this.#closedAt < CALM_MS;
    this.#restMs = isFlapping
      ? Math.min(Math.max(this.#restMs * 2, PAUSE_MS), REST_MS_MAX)
      : 0;
    this.#pauseMs = PAUSE_MS;
    this.#probeIn(Math.max(this.#restMs, PAUSE_MS));
    this.#options.onOpen?.();
  }

  /** There is reason to hope, such as a new connection: probes at once instead of after the pause. */
  retry(): void {
    if (this.isClosed || this.#isProbing) {
      return;
    }
    this.#probeIn(this.#openedAt + this.#restMs - performance.now());
  }

  /** No probes any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #probeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) {
      return;
    }
    if (ms <= 0) {
      void this.#probe();
      return;
    }
    // Not all processes at once. An idle process may end before its next probe.
    const jittered = ms * (0.9 + Math.random() / 5);
    this.#timer = setTimeout(() => {
      void this.#probe();
    }, jittered).unref();
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    const isAnswered = await this.#options.probe();
    this.#isProbing = false;
    if (isAnswered) {
      this.isClosed = true;
      this.#closedAt = performance.now();
    } else {
      this.#probeIn(this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS_MAX);
    }
  }
}
