// The lists of a workspace's resources that are read again and again, through the cache. Owns which lists are small enough to
// be kept, and narrowing a kept one to some ids; leaves it to the resources what a list holds, and to multitenancy/cache.ts
// that what is kept is what the database has.

import { type CacheKind, tenantCache } from "./multitenancy/cache";

/** Of a longer list nothing is kept: its workspace would pay for all of it to read one. */
export const KEPT_ROWS_MAX = 1_000;
/** Characters of its JSON: beyond, parsing it costs a process more than a question to the database. */
export const KEPT_CHARACTERS_MAX = 4_000_000;

/** Which of a list's rows: those with these ids, UUIDs in either case, and `limit` at most. Default: all. */
export interface Narrowing {
  readonly ids?: readonly string[] | undefined;
  readonly limit?: number;
}

export interface ListQuery<Row, T> extends Pick<Narrowing, "ids"> {
  readonly workspaceId: string;
  /** Tells the lists of one kind apart; of few values, since each is a list of its own in the cache. Default: there is one. */
  readonly key?: string;
  /** Reads from the database, in the list's order. */
  readonly select: (narrowing: Narrowing) => Promise<Row[]>;
  /** What is shown of a row; undefined when nothing is. */
  readonly toItem: (row: Row) => T | undefined;
}

function toItems<Row, T>(
  rows: readonly Row[],
  toItem: (row: Row) => T | undefined,
): T[] {
  return rows.map(toItem).filter((item) => item !== undefined);
}

const isSmall = (items: readonly unknown[]) =>
  JSON.stringify(items).length <= KEPT_CHARACTERS_MAX;

function narrowed<T extends { readonly id: string }>(
  items: readonly T[],
  ids: readonly string[] | undefined,
): T[] {
  if (ids === undefined) {
    return [...items];
  }
  const wanted = new Set(ids.map((id) => id.toLowerCase())); // as Postgres compares them
  return items.filter(({ id }) => wanted.has(id));
}

/**
 * The items as of the call, kept or read now; in a context with `readsAsOf`, as of that moment. The array is the caller's, its
 * items are shared by all who read them and cannot be changed. One round trip when nothing is kept; two for a list too
 * large to be kept that has just changed. Not for a transaction, nor for what decides about a change: those ask the database.
 */
export async function readList<Row, T extends { readonly id: string }>(
  kind: CacheKind<T[] | null>,
  { select, toItem, ids, ...place }: ListQuery<Row, T>,
): Promise<Readonly<T>[]> {
  const kept = await tenantCache().getOrLoad(kind, {
    ...place,
    load: async () => {
      const rows = await select({ limit: KEPT_ROWS_MAX + 1 });
      if (rows.length > KEPT_ROWS_MAX) {
        return null; // that it is too large is kept, too
      }
      const items = toItems(rows, toItem);
      return isSmall(items) ? items : null;
    },
  });
  return kept === null
    ? toItems(await select({ ids }), toItem)
    : narrowed(kept, ids);
}
