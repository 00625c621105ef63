// A verb that is one SQL statement, and the pieces that such statements share.

import type pg from "pg";

import { type Privilege } from "../../../src/db/policies";
import { type Subject } from "./subject";
import { type Effect, type Outcome, type Verb } from "./verb";

/** SQL with its values. */
export type Statement = readonly [sql: string, values: unknown[]];

export const counted = async (
  client: pg.ClientBase,
  [sql, values]: Statement,
): Promise<Outcome> => String((await client.query(sql, values)).rowCount ?? 0);

export const statement = (
  name: string,
  needs: readonly Privilege[],
  effect: Effect,
  make: (subject: Subject) => Statement,
): Verb => ({
  name,
  needs,
  effect,
  run: (client, subject) => counted(client, make(subject)),
});

/** Sets the row's own column to itself. */
export const TOUCH = ({ ownColumn }: Subject) =>
  `"${ownColumn}" = t."${ownColumn}"`;

export const keyOf = ({ primaryKey }: Subject) =>
  primaryKey.map((column) => `"${column}"`).join(", ");
export const hasKey = ({ primaryKey }: Subject) => primaryKey.length > 0;
