// One request of the soak: its workspace, its way to the database, and its eyes. Owns what counts as a leak; what a request
// does is in operations.ts.

import pg from "pg";

import { type TenantConnectionPool } from "../../../src/multitenancy/connectionPool";
import {
  crossTenant,
  runWithTenant,
  type TenantContext,
} from "../../../src/multitenancy/tenantContext";

/** Segments of each workspace of the soak: they never change, so every full read shows as many. */
export const OWN_ROWS = 3;

export interface SeenRow {
  readonly workspaceId: string;
  /** The request whose settings the statement ran with. */
  readonly request: string;
}

/** No filter of our own: row-level security alone has to hold. */
export const READ = `SELECT "workspaceId", current_setting('app.request_id') AS request FROM public."Segment"`;

const WRITE = `INSERT INTO public."SubscriptionGroup" ("workspaceId", "name", "type", "channel")
  VALUES ($1::uuid, $1::uuid::text || ' ' || gen_random_uuid(), 'OptIn', 'Email')
  RETURNING "workspaceId", current_setting('app.request_id') AS request`;

const EMPTY = `DELETE FROM public."SubscriptionGroup" RETURNING "workspaceId", current_setting('app.request_id') AS request`;

type Queryable = Pick<pg.ClientBase, "query">;

export interface SessionNeeds {
  readonly pool: TenantConnectionPool;
  /** As the superuser: to cancel statements and end backends. */
  readonly killer: pg.Pool;
  readonly random: () => number;
  /** Called with every leak. */
  readonly onLeak: (text: string) => void;
  /** Called with the number of rows or refusals that were looked at. */
  readonly onChecked: (count: number) => void;
}

/** The error's SQLSTATE, or its message when the server did not send it. */
export function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError && error.code !== undefined
    ? error.code
    : String(error);
}

export class Session {
  readonly pool: TenantConnectionPool;

  readonly killer: pg.Pool;

  readonly random: () => number;

  readonly #needs: SessionNeeds;

  constructor(
    readonly kind: string,
    /** Null: a request that has no context. */
    readonly workspaceId: string | null,
    /** Another workspace. */
    readonly foreign: string,
    readonly requestId: string,
    needs: SessionNeeds,
  ) {
    this.pool = needs.pool;
    this.killer = needs.killer;
    this.random = needs.random;
    this.#needs = needs;
  }

  #context(workspaceId: string): TenantContext {
    return {
      workspaceId,
      actor: { type: "admin", id: "soak" },
      requestId: this.requestId,
    };
  }

  /** Runs `work` in the session's context, if it has one. */
  async inContext(work: () => Promise<void>): Promise<void> {
    return this.workspaceId === null
      ? work()
      : runWithTenant(this.#context(this.workspaceId), work);
  }

  /** Runs `work` as the same request in the other workspace, as the same session would see it there. */
  async across(work: (session: Session) => Promise<void>): Promise<void> {
    const there = new Session(
      this.kind,
      this.foreign,
      this.workspaceId ?? "",
      this.requestId,
      this.#needs,
    );
    return crossTenant("soak", this.#context(this.foreign), () => work(there));
  }

  /** Opens the other workspace's context without saying why, which is an error. */
  enterUnasked(): void {
    runWithTenant(this.#context(this.foreign), () => undefined);
  }

  leak(text: string): void {
    this.#needs.onLeak(
      `${this.kind} as ${this.workspaceId ?? "nobody"}: ${text}`,
    );
  }

  /** Looks at rows: all are the session's own, and were read under its settings. */
  look(rows: readonly SeenRow[]): void {
    this.#needs.onChecked(rows.length);
    const foreign = rows.filter((row) => row.workspaceId !== this.workspaceId);
    if (foreign.length > 0) {
      this.leak(`saw ${foreign.length} rows of others`);
    }
    const mixed = rows.find(({ request }) => request !== this.requestId);
    if (mixed !== undefined) {
      this.leak(`ran with the settings of request ${mixed.request}`);
    }
  }

  /** As look(), of a read of everything: shows exactly what the workspace has. */
  lookAtAll(rows: readonly SeenRow[]): void {
    this.look(rows);
    const expected = this.workspaceId === null ? 0 : OWN_ROWS;
    if (rows.length !== expected) {
      this.leak(`saw ${rows.length} rows instead of ${expected}`);
    }
  }

  async read(on: Queryable = this.pool): Promise<void> {
    this.lookAtAll((await on.query<SeenRow>(READ)).rows);
  }

  async write(on: Queryable = this.pool): Promise<void> {
    this.look((await on.query<SeenRow>(WRITE, [this.workspaceId])).rows);
  }

  /** Tries to write a row for the other workspace. */
  async writeForeign(on: Queryable = this.pool): Promise<void> {
    await this.refused("42501", on.query(WRITE, [this.foreign]));
  }

  /** Deletes all that it is shown of a table, which is to be its own. */
  async empty(on: Queryable = this.pool): Promise<void> {
    this.look((await on.query<SeenRow>(EMPTY)).rows);
  }

  /** The statement must fail with this SQLSTATE; another error is thrown on, success is a leak. */
  async refused(code: string, attempt: Promise<unknown>): Promise<void> {
    const came = await attempt.then(
      () => "done",
      (error: unknown) => {
        if (codeOf(error) !== code) {
          throw error;
        }
        return code;
      },
    );
    this.#needs.onChecked(1);
    if (came !== code) {
      this.leak(`was not refused with ${code}`);
    }
  }

  /** Lends a connection to `work` and gives it back, in whatever state it is. */
  async withClient(
    work: (client: pg.PoolClient) => Promise<void>,
  ): Promise<void> {
    const client = await this.pool.connect();
    try {
      await work(client);
    } finally {
      client.release();
    }
  }
}
