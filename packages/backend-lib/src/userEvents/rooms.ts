// What events need room for: how much of it there is, and which events fit. Owns the choice, in order, so that of a user none
// overtakes an earlier one; the database decides in the end, and refuses a choice that is too large.

import { sql } from "drizzle-orm";

import { type Transaction } from "../db";
import { toQuotaError } from "../multitenancy/resourceQuotas";

/** How much more there is room for of each; Infinity: unlimited. */
export interface Rooms {
  readonly users: number;
  readonly events: number;
  /** In bytes. Only whether there is any is looked at: how much a user's traits grow, the database knows. */
  readonly storage: number;
}

export type Needed = keyof Rooms;

const NEEDED: readonly Needed[] = ["users", "events", "storage"];
const isNeeded = (name: string): name is Needed =>
  NEEDED.some((each) => each === name);

/** The room in the workspace of the context, its parent's pool included. */
export async function readRooms(
  tx: Pick<Transaction, "execute">,
): Promise<Rooms> {
  const { rows } = await tx.execute<{
    resourceType: string;
    room: number | null;
  }>(sql`
    SELECT "resourceType", least("amount" - "used", "poolAmount" - "poolUsed")::float8 AS "room"
      FROM tenancy.quota_states()`);
  const rooms = { users: Infinity, events: Infinity, storage: Infinity };
  for (const { resourceType, room } of rows) {
    if (isNeeded(resourceType) && room !== null) {
      rooms[resourceType] = Math.max(0, room);
    }
  }
  return rooms;
}

export interface Candidate {
  readonly ofUser: string;
  readonly bringsTraits: boolean;
}

export interface Chosen<T> {
  readonly taken: readonly T[];
  readonly waiting: readonly {
    readonly item: T;
    readonly resourceType: string;
  }[];
  /** How many users the taken ones make. */
  readonly newUsers: number;
}

export interface Situation {
  readonly rooms: Rooms;
  /** The users that exist. */
  readonly known: ReadonlySet<string>;
  /** Users with earlier events that wait, and what those wait for. */
  readonly queued: ReadonlyMap<string, string>;
}

/** Takes, in order, what there is room for; whatever follows an event of a user that has to wait, waits as well. */
export function choose<T extends Candidate>(
  items: readonly T[],
  situation: Situation,
): Chosen<T> {
  const { storage } = situation.rooms;
  let { users, events } = situation.rooms;
  const made = new Set<string>();
  const queued = new Map(situation.queued);
  const taken: T[] = [];
  const waiting: { item: T; resourceType: string }[] = [];

  const lacking = (isNew: boolean, bringsTraits: boolean): Needed | null => {
    if (isNew && users < 1) {
      return "users";
    }
    if (events < 1) {
      return "events";
    }
    return (isNew || bringsTraits) && storage < 1 ? "storage" : null;
  };

  for (const item of items) {
    const { ofUser } = item;
    const isNew = !situation.known.has(ofUser) && !made.has(ofUser);
    const resourceType =
      queued.get(ofUser) ?? lacking(isNew, item.bringsTraits);
    if (resourceType !== null) {
      queued.set(ofUser, resourceType);
      waiting.push({ item, resourceType });
    } else {
      taken.push(item);
      events -= 1;
      if (isNew) {
        made.add(ofUser);
        users -= 1;
      }
    }
  }
  return { taken, waiting, newUsers: made.size };
}

/** How often figures are believed that turn out to be too high; after that there is no room. */
const ATTEMPTS = 6;

/**
 * Chooses and stores; chooses less when the database refuses, which others may have caused in the meantime, until it accepts.
 * `store` gets a transaction of its own within `tx`, undone when it is refused. Resolves to what was taken at last.
 */
export async function storeWhatFits<T extends Candidate>(
  tx: Transaction,
  items: readonly T[],
  situation: Situation,
  store: (inner: Transaction, taken: readonly T[]) => Promise<void>,
): Promise<Chosen<T> & { readonly refused: ReadonlySet<Needed> }> {
  const rooms = { ...situation.rooms };
  const refused = new Set<Needed>();
  for (let attempt = 1; ; attempt += 1) {
    const chosen = choose(items, { ...situation, rooms });
    if (chosen.taken.length === 0) {
      return { ...chosen, refused };
    }
    try {
      await tx.transaction((inner) => store(inner, chosen.taken));
      return { ...chosen, refused };
    } catch (error) {
      const refusal = toQuotaError(error);
      if (refusal === undefined || !isNeeded(refusal.resourceType)) {
        throw error;
      }
      const { resourceType, remaining } = refusal;
      const tried = {
        users: chosen.newUsers,
        events: chosen.taken.length,
        storage: 1,
      }[resourceType];
      rooms[resourceType] =
        attempt < ATTEMPTS ? Math.min(remaining, tried - 1) : 0;
      refused.add(resourceType);
    }
  }
}
