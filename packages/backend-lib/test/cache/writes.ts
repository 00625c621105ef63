// How what is cached gets changed, each by another path: the product's services, SQL by hand as the tenant's role or as the superuser,
// COPY, TRUNCATE, whole workspaces. Owns the mixture. Each write tells how the log will know it again, by marks.

import { randomUUID } from "node:crypto";
import { once } from "node:events";

import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

import { deleteJourney, upsertJourney } from "../../src/journeys";
import { upsertMessageTemplate } from "../../src/messageTemplates";
import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { deleteSegment, upsertSegment } from "../../src/segments";
import { upsertUserProperty } from "../../src/userProperties";
import { emailTemplate, eventJourney, traitSegment } from "../definitions";
import { markOf } from "./history";
import {
  ALL,
  CHILDREN,
  MAKE_WORKSPACE,
  MORTAL,
  PARENTS,
  ROWS,
  type Table,
  tableNamed,
  TABLES,
  type Versions,
} from "./world";

/** Rows that a write may have changed; without a workspace all rows of the table. */
export interface Changed {
  readonly table: string;
  readonly workspaceId?: string;
  readonly key?: string;
}

export interface Written {
  readonly marks: readonly string[];
  readonly changed: readonly Changed[];
}

export interface Turn {
  readonly app: pg.ClientBase;
  readonly superuser: pg.ClientBase;
  readonly draw: (below: number) => number;
  readonly versions: Versions;
  readonly workspaceId: string;
}

export interface WriteWay {
  readonly name: string;
  readonly weight: number;
  /** Makes outdated what is kept of all workspaces. */
  readonly isOfEverybody?: boolean;
  /** Undefined: nothing was written, or it was taken back. */
  readonly run: (turn: Turn) => Promise<Written | undefined>;
}

const XID = "SELECT pg_current_xact_id()::text AS xid";

export function pick<T>(from: readonly T[], draw: Turn["draw"]): T {
  const found = from[draw(from.length)];
  if (found === undefined) {
    throw new Error("There is nothing to pick from.");
  }
  return found;
}

/** One transaction; `isKept` false: it is rolled back. */
async function transaction(
  client: pg.ClientBase,
  work: () => Promise<readonly Changed[]>,
  isKept = true,
): Promise<Written | undefined> {
  await client.query("BEGIN");
  try {
    const changed = await work();
    const found = await client.query<{ xid: string }>(XID);
    await client.query(isKept ? "COMMIT" : "ROLLBACK");
    return isKept
      ? { marks: [markOf(found.rows[0]?.xid ?? "0")], changed }
      : undefined;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function writeRow(
  client: pg.ClientBase,
  { workspaceId, draw, versions }: Turn,
  { name, keyOf, write }: Table,
): Promise<Changed> {
  const key = keyOf(workspaceId, draw(ROWS));
  await client.query(write, [workspaceId, key, versions.draw()]);
  return { table: name, workspaceId, key };
}

/** As the product's own statements: bound to one workspace, row-level security in force. */
const asTenant = (turn: Turn, work: () => Promise<readonly Changed[]>) =>
  transaction(turn.app, async () => {
    await turn.app.query(
      "SELECT set_config('app.current_workspace_id', $1, true)",
      [turn.workspaceId],
    );
    return work();
  });

const TENANTS = TABLES.filter(
  ({ name }) => !["WorkspaceQuota", "Secret"].includes(name),
);

const byTenant = (turn: Turn) =>
  asTenant(turn, async () => [
    await writeRow(turn.app, turn, pick(TENANTS, turn.draw)),
  ]);

/** A single statement by hand, which commits by itself. */
async function byHand(turn: Turn): Promise<Written> {
  const { superuser, workspaceId, draw, versions } = turn;
  const { name, keyOf, write } = pick(TABLES, draw);
  const key = keyOf(workspaceId, draw(ROWS));
  const version = versions.draw();
  await superuser.query(write, [workspaceId, key, version]);
  return {
    marks: [`+${version}`],
    changed: [{ table: name, workspaceId, key }],
  };
}

/** Rows of several tables stand and fall together; every other time they fall. */
const several = (turn: Turn) =>
  transaction(
    turn.superuser,
    async () => {
      const changed: Changed[] = [];
      for (const name of ["Segment", "Journey", "MessageTemplate", "Secret"]) {
        changed.push(await writeRow(turn.superuser, turn, tableNamed(name)));
      }
      return changed;
    },
    turn.draw(2) === 0,
  );

const overWorkspaces = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const { name, version } = pick(
      TENANTS.filter((table) => table.name !== "EmailProvider"),
      turn.draw,
    );
    const drawn = turn.versions.draw();
    const whose = [0, 1, 2, 3].map(() => pick(ALL, turn.draw));
    await turn.superuser.query(
      `UPDATE public."${name}" SET "${version}" = $1 || '.' || right("id"::text, 2) || right("workspaceId"::text, 8)
        WHERE "workspaceId" = ANY ($2::uuid[]) AND random() < 0.7`,
      [drawn, whose],
    );
    return whose.map((workspaceId) => ({ table: name, workspaceId }));
  });

const remove = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const { workspaceId, draw } = turn;
    const { name, key, keyOf } = pick(TABLES, draw);
    const isAll = draw(3) === 0;
    await turn.superuser.query(
      `DELETE FROM public."${name}" WHERE "workspaceId" = $1${isAll ? "" : ` AND "${key}"::text = $2`}`,
      [workspaceId, ...(isAll ? [] : [keyOf(workspaceId, draw(ROWS))])],
    );
    return [{ table: name, workspaceId }];
  });

/** All of a workspace's journeys, replaced by a file. */
const copy = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const { workspaceId, superuser, versions } = turn;
    const { keyOf } = tableNamed("Journey");
    await superuser.query(
      `DELETE FROM public."Journey" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    const stream = superuser.query(
      copyFrom(
        'COPY public."Journey" ("id", "workspaceId", "name") FROM STDIN',
      ),
    );
    const lines = Array.from({ length: ROWS }, (_, at) =>
      [keyOf(workspaceId, at), workspaceId, versions.draw()].join("\t"),
    );
    stream.end(`${lines.join("\n")}\n`);
    await once(stream, "finish");
    return [{ table: "Journey", workspaceId }];
  });

const truncate = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const { name } = pick(
      ["EmailProvider", "WorkspaceQuota"].map(tableNamed),
      turn.draw,
    );
    await turn.superuser.query(`TRUNCATE public."${name}" CASCADE`);
    return [{ table: name }];
  });

const moveSegments = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const other = pick(ALL, turn.draw);
    await turn.superuser.query(
      `UPDATE public."Segment" SET "workspaceId" = $2 WHERE "id" = (
         SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1 LIMIT 1 FOR UPDATE SKIP LOCKED)`,
      [turn.workspaceId, other],
    );
    return [turn.workspaceId, other].map((workspaceId) => ({
      table: "Segment",
      workspaceId,
    }));
  });

/** A parent's name is in what is kept of its children. */
const changeWorkspace = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const isMove = turn.draw(3) === 0;
    const workspaceId = isMove ? pick(CHILDREN, turn.draw) : turn.workspaceId;
    await turn.superuser.query(
      isMove
        ? `UPDATE public."Workspace" SET "parentWorkspaceId" = $2 WHERE "id" = $1`
        : `UPDATE public."Workspace" SET "name" = $2 WHERE "id" = $1`,
      [
        workspaceId,
        isMove ? pick([...PARENTS, null], turn.draw) : turn.versions.draw(),
      ],
    );
    return [{ table: "Workspace", workspaceId }];
  });

/** Everything of it goes with it; its id comes back later. */
const endOrMakeWorkspace = (turn: Turn) =>
  transaction(turn.superuser, async () => {
    const workspaceId = pick(MORTAL, turn.draw);
    const gone = await turn.superuser.query(
      `DELETE FROM public."Workspace" WHERE "id" = $1`,
      [workspaceId],
    );
    if (gone.rowCount === 0) {
      await turn.superuser.query(MAKE_WORKSPACE, [
        workspaceId,
        turn.versions.draw(),
        pick([...PARENTS, null], turn.draw),
      ]);
    }
    return ["Workspace", ...TABLES.map(({ name }) => name)].map((table) => ({
      table,
      workspaceId,
    }));
  });

type Service = (
  workspaceId: string,
  id: string,
  version: string,
) => Promise<{ isErr(): boolean }>;

const SERVICES: readonly (readonly [table: string, service: Service])[] = [
  [
    "Segment",
    (workspaceId, id, name) =>
      upsertSegment({ workspaceId, id, name, definition: traitSegment() }),
  ],
  [
    "Journey",
    (workspaceId, id, name) =>
      upsertJourney({ workspaceId, id, name, definition: eventJourney() }),
  ],
  [
    "MessageTemplate",
    (workspaceId, id, name) =>
      upsertMessageTemplate({
        workspaceId,
        id,
        name,
        definition: emailTemplate(),
      }),
  ],
  [
    "UserProperty",
    (workspaceId, id, name) =>
      upsertUserProperty({
        workspaceId,
        id,
        name,
        definition: { type: "Trait", path: "plan" },
      }),
  ],
];

const ACTOR = { type: "admin", id: "checker" } as const;

const asActor = <T>(workspaceId: string, work: () => Promise<T>) =>
  runWithTenant({ workspaceId, actor: ACTOR, requestId: randomUUID() }, work);

async function byService(turn: Turn): Promise<Written | undefined> {
  const { workspaceId, draw, versions } = turn;
  const [table, service] = pick(SERVICES, draw);
  const key = tableNamed(table).keyOf(workspaceId, draw(ROWS));
  const version = versions.draw();
  const saved = await asActor(workspaceId, () =>
    service(workspaceId, key, version),
  );
  return saved.isErr()
    ? undefined
    : { marks: [`+${version}`], changed: [{ table, workspaceId, key }] };
}

/** Its mark is the version that was there a moment before. If another was deleted, the log knows no such mark. */
async function deleteByService(turn: Turn): Promise<Written | undefined> {
  const { workspaceId, draw, superuser } = turn;
  const [table, service] = pick(
    [
      ["Segment", deleteSegment],
      ["Journey", deleteJourney],
    ] as const,
    draw,
  );
  const id = tableNamed(table).keyOf(workspaceId, draw(ROWS));
  const found = await superuser.query<{ version: string }>(
    `SELECT "name" AS version FROM public."${table}" WHERE "id" = $1`,
    [id],
  );
  const gone = await asActor(workspaceId, () => service({ workspaceId, id }));
  return gone.isErr()
    ? undefined
    : {
        marks: found.rows.map(({ version }) => `-${version}`),
        changed: [{ table, workspaceId, key: id }],
      };
}

export const WRITES: readonly WriteWay[] = [
  { name: "service", weight: 24, run: byService },
  { name: "service, delete", weight: 6, run: deleteByService },
  { name: "SQL as the tenant", weight: 18, run: byTenant },
  { name: "SQL by hand", weight: 24, run: byHand },
  { name: "several tables", weight: 8, run: several },
  { name: "over workspaces", weight: 3, run: overWorkspaces },
  { name: "delete", weight: 6, run: remove },
  { name: "COPY", weight: 2, run: copy },
  { name: "move segments", weight: 1, run: moveSegments },
  { name: "change a workspace", weight: 3, run: changeWorkspace },
  { name: "end or make a workspace", weight: 2, run: endOrMakeWorkspace },
  { name: "TRUNCATE", weight: 1, isOfEverybody: true, run: truncate },
];
