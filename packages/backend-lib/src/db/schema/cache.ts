// The table of the cache's generations: when what of a workspace was changed last. Written by the triggers of migration 014 alone.

import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";

/**
 * The sum over the slots of a workspace and scope grows with every change that is committed, and is never again what it
 * was. Refers to no workspace on purpose: a generation outlives its own, as what caches elsewhere hold of it may do.
 */
export const cacheGeneration = pgTable(
  "CacheGeneration",
  {
    /** For the scope `access` also a member's; the nil UUID: of everybody. */
    workspaceId: uuid().notNull(),
    /** What of it, one of the cache's scopes; `*` is everything. */
    scope: text().notNull(),
    /** By session, so that those who change the same seldom wait for each other. */
    slot: bigint({ mode: "number" }).notNull(),
    generation: bigint({ mode: "number" }).notNull(),
  },
  (t) => [
    primaryKey({
      name: "CacheGeneration_pkey",
      columns: [t.workspaceId, t.scope, t.slot],
    }),
    // It is sent behind the workspace's id and a space.
    check("CacheGeneration_scope_check", sql`"scope" ~ '^[^ ]+$'`),
  ],
);
