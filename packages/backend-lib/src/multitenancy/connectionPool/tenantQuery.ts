// One query that brings its context along: the statement that sets the context and the query itself go out together and
// end at one Sync, which PostgreSQL treats as one implicit transaction. So the context costs no round trip, and nothing
// of it is left on the connection. Leaves to ../connectionPool.ts: which context, and on which connection.
// Source: PostgreSQL manual, "Message Flow", Extended Query and Pipelining.

import Query, { type QueryCallback, type WireConnection } from "pg/lib/query";

export type { QueryCallback };

/** What is set for one unit of work: names of settings and their values, in order. */
export type Settings = readonly (readonly [name: string, value: string])[];

const BEGIN = /^\s*(?:begin|start\s+transaction)\b/i;

/** What a query has to know, when it is its turn, of the connection it is on. */
export interface UnitState {
  readonly settings: Settings;
  /** No transaction is open. */
  readonly isIdle: () => boolean;
  /** A transaction is open that began without the settings. */
  readonly isBare: () => boolean;
}

/** Whether this statement opens a transaction. */
export function beginsTransaction(text: string): boolean {
  return BEGIN.test(text);
}

const TEXT_OID = 25;

/**
 * `set_config` of every setting in one statement that returns no row: a function's arguments are all evaluated, and no
 * planner knows that it never counts below 0. It is parsed for every unit of work, so it has no target list and no
 * operator that could be another. The same text for every workspace: values are bound, so that none shows in
 * `pg_stat_activity` or a log of statements.
 */
function contextStatement(settings: Settings): string {
  const calls = settings.map(
    ([name], at) => `pg_catalog.set_config('${name}', $${at + 1}, true)`,
  );
  return `select where pg_catalog.num_nulls(${calls.join(", ")}) < 0`;
}

export class TenantQuery extends Query {
  readonly #unit: UnitState;

  /** CommandComplete messages that belong to the context and must not reach the caller's result. */
  #toSwallow: "none" | "first" | "afterFirst" = "none";

  #completed = 0;

  constructor(
    config: string | object,
    values: unknown,
    callback: QueryCallback,
    unit: UnitState,
  ) {
    super(config, values, callback);
    // A name would be remembered for the connection, and behind a transaction pooler the connection changes.
    this.name = undefined;
    this.#unit = unit;
  }

  /** Always the extended protocol: one statement a message, so a spliced `;` is an error and not a second statement. */
  override requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: WireConnection): void {
    // Only now is it known whether a transaction is open: queries queue on the client until the one before is done.
    const isIdle = this.#unit.isIdle();
    if (!isIdle && !this.#unit.isBare()) {
      super.prepare(connection);
    } else if (isIdle && beginsTransaction(this.text)) {
      // The settings are the transaction's first statement. Should one fail, every statement after it is refused.
      this.#toSwallow = "afterFirst";
      connection.parse({ text: this.text });
      connection.bind({ values: [] });
      connection.execute({});
      this.#writeContext(connection);
      connection.sync();
    } else {
      this.#toSwallow = "first";
      this.#writeContext(connection);
      super.prepare(connection);
    }
  }

  #writeContext(connection: WireConnection): void {
    const { settings } = this.#unit;
    connection.parse({
      text: contextStatement(settings),
      types: settings.map(() => TEXT_OID), // spares the server from finding it out
    });
    connection.bind({ values: settings.map(([, value]) => value) });
    connection.execute({});
  }

  override handleCommandComplete(
    message: unknown,
    connection: WireConnection,
  ): void {
    this.#completed += 1;
    const isContext =
      (this.#toSwallow === "first" && this.#completed === 1) ||
      (this.#toSwallow === "afterFirst" && this.#completed > 1);
    if (!isContext) {
      super.handleCommandComplete(message, connection);
    }
  }
}
