// How a row is written under the id or the name that a client gave, also when others write the same one at the same
// moment. Owns the order of looking, updating and inserting; leaves the queries to the resources.

import { isDeepStrictEqual } from "node:util";

import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";

/** Another's commit between looking and inserting costs one more round; nobody is that unlucky for long. */
const ATTEMPTS = 4;

export interface UpsertSteps<Row, T, E> {
  /** The row that the request means, locked; undefined when there is none. */
  readonly find: () => Promise<Row | undefined>;
  readonly update: (row: Row) => Promise<Result<T, E>>;
  /** Inserts ON CONFLICT DO NOTHING, which waits for whoever is inserting the same; Ok(undefined) when that did nothing. */
  readonly insert: () => Promise<Result<T | undefined, E>>;
  /** The Err when the row can be neither found nor inserted: its name or id is that of a row which is not meant. */
  readonly taken: E;
}

/**
 * Updates the row that is there, or inserts it. Of several at once for the same new row one inserts and the others
 * update what it inserted. Must run in a transaction (READ COMMITTED), so that `find` holds its lock until the update.
 */
export async function upsertRow<Row, T, E>({
  find,
  update,
  insert,
  taken,
}: UpsertSteps<Row, T, E>): Promise<Result<T, E>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const row = await find();
    if (row !== undefined) {
      return update(row);
    }
    const inserted = await insert();
    if (inserted.isErr()) {
      return err(inserted.error);
    }
    if (inserted.value !== undefined) {
      return ok(inserted.value);
    }
  }
  return err(taken);
}

/** Whether two values are the same once they are JSON: the order of keys and the sign of zero do not count. */
export function isSameJson(left: unknown, right: unknown): boolean {
  const parse = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value ?? null));
  return isDeepStrictEqual(parse(left), parse(right));
}

/** Now, or a millisecond after `former` if that is later: what reads a moment as a version sees every change. */
export function nextMoment(former: Date): Date {
  return new Date(Math.max(clock().now().getTime(), former.getTime() + 1));
}
