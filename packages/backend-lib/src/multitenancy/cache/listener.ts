// The connection on which this process hears what changed, and takes its turns. Owns the connection's life: opening, proving that
// it really hears, noticing its end, opening it again. What is heard and asked means something to generations.ts only.

import { randomUUID } from "node:crypto";

import pg from "pg";

import { logger } from "../../logger";

/** What the triggers of migration 014 announce on: "<the workspace's alias> <scope>", as books.ts reads it. */
export const CACHE_CHANNEL = "tenant_cache";

const PROOF = "proof ";
/** Waits where the turns would: while the table is locked, the connection is not taken for open. */
const READABLE = 'SELECT 1 FROM public."CacheGeneration" LIMIT 1';
const PROOF_TIMEOUT_MS = 2_000;
/** In which the server has to answer a turn: it is asked for next to nothing. Who waits longer is better off without it. */
const ANSWER_TIMEOUT_MS = 3_000;
const GOODBYE_TIMEOUT_MS = 500;
const [PAUSE_MIN_MS, PAUSE_MAX_MS] = [100, 5_000];

export interface ListenerOptions {
  /** Leads to the server itself or to a pooler in session mode: one in transaction mode delivers no notifications. */
  readonly connectionString: string;
  /** Milliseconds in which there has to be a connection. */
  readonly timeoutMs: number;
  /** Announces the text on the channel, over any other connection: what proves that this one hears. */
  readonly announce: (payload: string) => Promise<unknown>;
  readonly onHeard: (payload: string) => void;
  /** It is open, and hears everything from now on. */
  readonly onOpen: () => void;
  /** It is lost: what was announced from some moment before on may not have been heard. */
  readonly onLost: () => void;
}

export class Listener {
  readonly #options: ListenerOptions;

  #client: pg.Client | undefined;

  #isClosed = false;

  #attempts = 0;

  #timer: NodeJS.Timeout | undefined;

  /** The first attempt, which readers wait for; and the latest, for which nobody waits but close(). */
  #first: Promise<void> | undefined;

  #latest: Promise<void> | undefined;

  /** The connection that is being opened. */
  #draft: pg.Client | undefined;

  /** Resolved by the announcement it waits for. */
  #proof: { readonly nonce: string; readonly heard: () => void } | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  /** Starts to open it, if nobody has; resolves after the first attempt, whatever came of it. */
  async open(): Promise<void> {
    if (!this.#isClosed) {
      this.#first ??= this.#attempt();
    }
    await this.#first;
  }

  /**
   * Sends the query, or none, which is a round trip all the same. Undefined when there is no connection or it broke over
   * it. PostgreSQL tells what was announced before the answer's end: the caller has heard it when this resolves.
   */
  async ask(
    query: pg.QueryConfig | null,
  ): Promise<readonly Record<string, unknown>[] | undefined> {
    const client = this.#client;
    if (client === undefined) {
      return undefined;
    }
    try {
      const { rows } = await client.query<Record<string, unknown>>(query ?? "");
      return this.#client === client ? rows : undefined;
    } catch (error) {
      this.#drop(client, error);
      return undefined;
    }
  }

  /** Ends it for good, within a moment: also when the server does not answer any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    this.#draft?.connection.stream.destroy();
    await Promise.all([this.#latest, client && goodbye(client)]);
  }

  async #attempt(): Promise<void> {
    this.#latest = this.#connect();
    await this.#latest;
  }

  async #connect(): Promise<void> {
    const { connectionString, timeoutMs } = this.#options;
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: Math.min(timeoutMs, ANSWER_TIMEOUT_MS),
      keepAlive: true,
      application_name: "dittofeed_cache",
    });
    this.#draft = client;
    client.on("error", (error) => this.#drop(client, error));
    client.on("notification", ({ payload = "" }) => this.#hear(payload));
    const ended = new Promise<never>((_resolve, reject) => {
      client.once("end", () => {
        const error = new Error("The connection ended.");
        reject(error);
        this.#drop(client, error);
      });
    });
    ended.catch(() => undefined); // who does not wait for it any more need not be told
    try {
      await client.connect();
      await client.query(`LISTEN ${CACHE_CHANNEL}`);
      await this.#prove(ended);
      // Only on a session that is proven to be ours alone: of a pooler in transaction mode, the next client would have the role.
      await client.query(
        `SET ROLE dittofeed_system; SET statement_timeout = ${ANSWER_TIMEOUT_MS}; ${READABLE}`,
      );
      this.#client = client;
      if (this.#attempts > 0) {
        logger().info("the cache hears the database again");
      }
      this.#attempts = 0;
      this.#options.onOpen();
    } catch (error) {
      client.connection.stream.destroy();
      this.#tryLater(error);
    } finally {
      this.#draft = undefined;
    }
  }

  /** A pooler in transaction mode takes the LISTEN and delivers nothing: so one announcement has to arrive unasked. */
  async #prove(ended: Promise<never>): Promise<void> {
    const nonce = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new Error(
              "The connection delivers no notifications. Is there a pooler in transaction mode before the database? DATABASE_LISTEN_URL can name the database itself.",
            ),
          ),
        PROOF_TIMEOUT_MS,
      );
    });
    const heard = new Promise<void>((resolve) => {
      this.#proof = { nonce, heard: resolve };
    });
    const announced = async () => this.#options.announce(`${PROOF}${nonce}`);
    try {
      await Promise.race([ended, tooLate, Promise.all([heard, announced()])]);
    } finally {
      clearTimeout(timer);
      this.#proof = undefined;
    }
  }

  #hear(payload: string): void {
    if (!payload.startsWith(PROOF)) {
      this.#options.onHeard(payload);
    } else if (payload.slice(PROOF.length) === this.#proof?.nonce) {
      this.#proof.heard();
    }
  }

  #drop(client: pg.Client, error: unknown): void {
    if (this.#client !== client) {
      return;
    }
    this.#client = undefined;
    this.#options.onLost();
    // Not end(): a connection that does not answer would not answer that either.
    client.connection.stream.destroy();
    this.#tryLater(error);
  }

  #tryLater(error: unknown): void {
    if (this.#isClosed) {
      return;
    }
    const pauseMs = Math.min(PAUSE_MIN_MS * 2 ** this.#attempts, PAUSE_MAX_MS);
    if (this.#attempts === 0 || pauseMs === PAUSE_MAX_MS) {
      logger().warn(
        { err: error },
        "the cache does not hear the database and serves nothing until it does",
      );
    }
    this.#attempts += 1;
    this.#timer = setTimeout(() => {
      void this.#attempt();
    }, pauseMs).unref();
  }
}

async function goodbye(client: pg.Client): Promise<void> {
  const timer = setTimeout(
    () => client.connection.stream.destroy(),
    GOODBYE_TIMEOUT_MS,
  );
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}
