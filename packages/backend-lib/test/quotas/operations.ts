// What the stress does, one transaction each. Every operation is something that the product does, or that somebody may do with
// SQL; what it leaves behind is told by the log. Owns the mixture; worker.ts runs it.

import type pg from "pg";

import {
  ALL,
  CHILDREN,
  INSERT_WORKSPACE,
  LIMITED,
  LIMITS,
  MORTAL,
  PARENTS,
  SET_LIMIT,
} from "./world";

export class Own {
  least = 0;

  most = 0;

  add(least: number, most = least): void {
    this.least += least;
    this.most += most;
  }
}

/** A transaction under way. */
export interface Turn {
  readonly client: pg.Client;
  readonly workspaceId: string;
  readonly draw: (below: number) => number;
  /** How much a failing statement's counter may have been used by this transaction before: at least, at most. */
  readonly own: Own;
  /** A request for what is left was granted less. */
  readonly partial: (requested: number, granted: number) => void;
}

export interface Operation {
  readonly name: string;
  /** How often, among its role's. */
  readonly weight: number;
  run(turn: Turn): Promise<unknown>;
}

const pick = <T>(from: readonly T[], at: number): T => {
  const found = from[at % from.length];
  if (found === undefined) {
    throw new Error("nothing to pick from");
  }
  return found;
};

const INSERT_SEGMENTS = `
  INSERT INTO public."Segment" ("workspaceId", "name", "definition")
  SELECT $1::uuid, gen_random_uuid()::text, jsonb_build_object('n', repeat('x', $3::integer)) FROM generate_series(1, $2::integer)`;

async function addSegments({ client, workspaceId, draw, own }: Turn) {
  const count = 1 + draw(3);
  await client.query(INSERT_SEGMENTS, [workspaceId, count, draw(40)]);
  own.add(count);
}

const addUsers = ({ client, workspaceId, draw }: Turn) =>
  client.query(
    `INSERT INTO public."WorkspaceUser" AS u ("workspaceId", "userId", "traits")
     SELECT DISTINCT ON (n) $1::uuid, 'user ' || n, jsonb_build_object('n', repeat('x', $3::integer))
       FROM (SELECT floor(random() * 160)::integer AS n FROM generate_series(1, $2::integer)) AS drawn ORDER BY n
     ON CONFLICT ("workspaceId", "userId") DO UPDATE SET "traits" = excluded."traits"`,
    [workspaceId, 1 + draw(5), draw(40)],
  );

const remove = (table: string, column: string) => (turn: Turn) =>
  turn.client.query(
    `DELETE FROM public."${table}" WHERE "workspaceId" = $1 AND "${column}" IN (
       SELECT "${column}" FROM public."${table}" WHERE "workspaceId" = $1
        ORDER BY random() LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [turn.workspaceId, 1 + turn.draw(4)],
  );

const addMessages = ({ client, workspaceId, draw }: Turn) =>
  client.query(
    `INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content", "state")
     SELECT $1::uuid, gen_random_uuid()::text, 'user', 'Email', '{}', (CASE WHEN random() < 0.1 THEN 'Skipped' ELSE 'Queued' END)::public."MessageState"
       FROM generate_series(1, $2::integer)`,
    [workspaceId, 1 + draw(8)],
  );

const skipMessages = ({ client, workspaceId, draw }: Turn) =>
  client.query(
    `UPDATE public."Message" SET "state" = 'Skipped' WHERE "workspaceId" = $1 AND "id" IN (
       SELECT "id" FROM public."Message" WHERE "workspaceId" = $1 AND "state" <> 'Skipped'
        ORDER BY random() LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [workspaceId, 1 + draw(8)],
  );

/** With the two segments that belong to it, which are free; their bytes count. */
const addGroup = ({ client, workspaceId }: Turn) =>
  client.query(
    `WITH made AS (
       INSERT INTO public."SubscriptionGroup" ("workspaceId", "name", "type", "channel")
       VALUES ($1, gen_random_uuid()::text, 'OptIn', 'Email')
       RETURNING "id")
     INSERT INTO public."Segment" ("workspaceId", "name", "definition", "subscriptionGroupId")
     SELECT $1, prefix || made."id", '{}', made."id" FROM made, unnest(ARRAY['subscriptionGroup-', 'subscriptionGroup-unsubscribed-']) AS prefix`,
    [workspaceId],
  );

/** A key that was used before is answered with what was reserved then. */
const reserve = ({ client, workspaceId, draw }: Turn) =>
  client.query(
    "SELECT * FROM tenancy.quota_reserve($1, $2, $3, $4, $5, make_interval(secs => $6))",
    [
      workspaceId,
      pick(["messages", "segments"], draw(2)),
      1 + draw(10),
      draw(2) === 0,
      `key ${draw(3000)}`,
      1 + draw(3),
    ],
  );

const endReservation = ({ client, workspaceId, draw }: Turn) =>
  client.query(
    `SELECT tenancy.quota_end_reservation("workspaceId", "id", CASE WHEN $2 THEN floor(random() * ("granted" + 1))::bigint END)
       FROM (SELECT * FROM public."QuotaReservation" WHERE "workspaceId" = $1 AND "state" = 'Open' ORDER BY random() LIMIT 1) AS r`,
    [workspaceId, draw(2) === 0],
  );

async function consume({ client, workspaceId, draw, partial }: Turn) {
  const amount = 1 + draw(20);
  const taken = await client.query<{ granted: string }>(
    "SELECT tenancy.quota_consume($1, 'messages', $2, true) AS granted",
    [workspaceId, amount],
  );
  const granted = Number(taken.rows[0]?.granted);
  if (granted < amount) {
    partial(amount, granted);
  }
}

/** Takes, tries for more, goes back to a savepoint or to the beginning. */
async function several(turn: Turn) {
  const { client, draw, workspaceId } = turn;
  await addSegments(turn);
  await client.query("SAVEPOINT first");
  if (draw(2) === 0) {
    await client.query(INSERT_SEGMENTS, [workspaceId, 1, 1]);
    await client.query("ROLLBACK TO SAVEPOINT first");
  }
  await addSegments(turn);
  if (draw(4) === 0) {
    throw new Error("changed its mind");
  }
}

export const APP: readonly Operation[] = [
  { name: "segments", weight: 22, run: addSegments },
  { name: "users, new or known", weight: 22, run: addUsers },
  { name: "messages", weight: 14, run: addMessages },
  { name: "delete segments", weight: 9, run: remove("Segment", "id") },
  { name: "delete users", weight: 8, run: remove("WorkspaceUser", "userId") },
  { name: "delete messages", weight: 2, run: remove("Message", "id") },
  { name: "skip messages", weight: 7, run: skipMessages },
  { name: "subscription group", weight: 4, run: addGroup },
  {
    name: "delete subscription group",
    weight: 3,
    run: remove("SubscriptionGroup", "id"),
  },
  { name: "reserve", weight: 5, run: reserve },
  { name: "end reservation", weight: 5, run: endReservation },
  { name: "consume", weight: 3, run: consume },
  { name: "several statements", weight: 5, run: several },
];

async function setLimit({ client, workspaceId, draw }: Turn) {
  const resource = pick(LIMITED, draw(LIMITED.length));
  const isParent = draw(4) === 0;
  const layer = isParent
    ? pick(["children", "pool"], draw(2))
    : pick(["limit", "limit", "ceiling"], draw(3));
  const target = isParent ? pick(PARENTS, draw(2)) : workspaceId;
  const factor = layer === "pool" ? 2.5 : 1;
  const amount =
    draw(40) === 0
      ? null
      : Math.floor(LIMITS[resource] * factor * (draw(130) / 100));
  if (layer !== "limit" && draw(5) === 0) {
    await client.query(
      `DELETE FROM public."WorkspaceQuota" WHERE "workspaceId" = $1 AND "resourceType" = $2 AND "layer" = $3`,
      [target, resource, layer],
    );
  } else {
    await client.query(SET_LIMIT, [target, resource, layer, amount]);
  }
}

/** Many workspaces at once, in whatever order. */
async function bulk({ client, draw, own }: Turn) {
  const count = 1 + draw(2);
  own.add(0, count * ALL.length); // the pool's other children, in the same statement
  await client.query(
    `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
     SELECT w."id", gen_random_uuid()::text, '{}' FROM public."Workspace" AS w, generate_series(1, $2::integer)
      WHERE w."id" = ANY ($1::uuid[]) AND random() < 0.4 ORDER BY random()`,
    [ALL, count],
  );
}

const moveSegments = ({ client, draw, own }: Turn) => {
  own.add(0, 3);
  return client.query(
    `UPDATE public."Segment" SET "workspaceId" = $2 WHERE "id" IN (
       SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1 AND "subscriptionGroupId" IS NULL LIMIT 2 FOR UPDATE SKIP LOCKED)`,
    [pick(ALL, draw(ALL.length)), pick(ALL, draw(ALL.length))],
  );
};

const moveChild = ({ client, draw }: Turn) =>
  client.query(
    `UPDATE public."Workspace" SET "parentWorkspaceId" = $2 WHERE "id" = $1`,
    [pick(CHILDREN, draw(4)), pick([...PARENTS, null], draw(3))],
  );

const deleteWorkspace = ({ client, draw }: Turn) =>
  client.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
    pick(MORTAL, draw(MORTAL.length)),
  ]);

/** As a workspace begins: with its first things in the same transaction. */
async function makeWorkspace(turn: Turn) {
  const { client, draw } = turn;
  const id = pick(MORTAL, draw(MORTAL.length));
  await client.query(INSERT_WORKSPACE, [id, pick([...PARENTS, null], draw(3))]);
  await addSegments({ ...turn, workspaceId: id });
  await client.query(SET_LIMIT, [id, "segments", "limit", LIMITS.segments]);
}

export const SYSTEM: readonly Operation[] = [
  { name: "set a limit", weight: 40, run: setLimit },
  { name: "bulk", weight: 25, run: bulk },
  { name: "move segments", weight: 8, run: moveSegments },
  { name: "move a child", weight: 5, run: moveChild },
  { name: "delete a workspace", weight: 6, run: deleteWorkspace },
  { name: "make a workspace", weight: 14, run: makeWorkspace },
  {
    name: "upkeep",
    weight: 4,
    run: ({ client }) => client.query("SELECT * FROM tenancy.quota_upkeep()"),
  },
];

/** One of them, by their weights. */
export function drawOperation(
  from: readonly Operation[],
  draw: (below: number) => number,
): Operation {
  let at = draw(from.reduce((sum, { weight }) => sum + weight, 0));
  const found = from.find(({ weight }) => {
    at -= weight;
    return at < 0;
  });
  return pick(found === undefined ? from : [found], 0);
}
