// Identical look-ups share one query. Owns that a caller only ever joins a query that is still to begin: so its answer holds
// whatever was committed before the caller came, a revocation as well as a grant. Knows no query and no queue.

import { TenantQueueFull } from "../multitenancy/connectionPool";

interface Asked<T> {
  readonly answer: Promise<T>;
  readonly state: { callers: number; isOpen: boolean };
}

export interface JoinNextOptions {
  /** Callers that may wait for one query; no bound by default. */
  readonly callersMax?: () => number;
}

export class JoinNext<T> {
  readonly #callersMax: () => number;

  /** Of each key the query that was asked for last, until it has ended. */
  readonly #last = new Map<string, Asked<T>>();

  constructor({ callersMax = () => Infinity }: JoinNextOptions = {}) {
    this.#callersMax = callersMax;
  }

  /**
   * The answer of the next query of this key: of one that waits already, or of `query`, once the one under way has ended.
   * `query` calls `begin` right before it asks the database; until then others join. All get its answer, or its error.
   * Rejects with TenantQueueFull when as many wait for it as may.
   */
  async join(
    key: string,
    query: (begin: () => void) => Promise<T>,
  ): Promise<T> {
    const last = this.#last.get(key);
    if (last === undefined || !last.state.isOpen) {
      return this.#ask(key, query, last?.answer);
    }
    if (last.state.callers >= this.#callersMax()) {
      throw new TenantQueueFull(1);
    }
    last.state.callers += 1;
    return last.answer;
  }

  #ask(
    key: string,
    query: (begin: () => void) => Promise<T>,
    before: Promise<T> | undefined,
  ): Promise<T> {
    const state = { callers: 1, isOpen: true };
    const ask = async () => {
      await Promise.allSettled([before]);
      try {
        return await query(() => {
          state.isOpen = false;
        });
      } finally {
        state.isOpen = false; // it may have been refused before it could begin
        if (this.#last.get(key)?.state === state) {
          this.#last.delete(key);
        }
      }
    };
    const answer = ask();
    this.#last.set(key, { answer, state });
    return answer;
  }
}
