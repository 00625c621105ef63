import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { registeredTables } from "../../src/db/policies";
import { tenantReferences } from "../../src/db/references";
import { draftRow, insertDraft, insertRow, type Row } from "../rowFactory";
import { appAs } from "../sideChannel";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();
let theirs: string;

beforeAll(async () => {
  theirs = await env.createWorkspace();
});

/** All that a client could tell two refusals apart by, but for the value that it sent itself. */
async function refusal(
  work: Promise<unknown>,
  sent: string,
): Promise<Record<string, unknown>> {
  const error: unknown = await work.then(
    () => "it was accepted",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof pg.DatabaseError)) {
    throw new Error(String(error));
  }
  const { code, constraint, table, schema, message, detail, hint, where } =
    error;
  const told = { code, constraint, table, schema, message, hint, where };
  return { ...told, detail: detail?.replaceAll(sent, "(sent)") };
}

describe.each(tenantReferences())(
  "$constraint",
  ({ table, column, parent, onDelete }) => {
    let mine: string;
    let pool: pg.Pool;
    let empty: string; // without the row that a workspace may have only one of
    let emptyPool: pg.Pool;
    let myRow: Row;
    let foreign: string;

    beforeAll(async () => {
      mine = await env.createWorkspace();
      pool = appAs(env, mine);
      empty = await env.createWorkspace();
      emptyPool = appAs(env, empty);
      const ownParent = await insertRow(env.owner, parent, mine);
      const draft = await draftRow(env.owner, table, mine);
      myRow = await insertDraft(env.owner, table, {
        ...draft,
        [column]: ownParent.id,
      });
      foreign = String((await insertRow(env.owner, parent, theirs)).id);
    });
    afterAll(() => Promise.all([pool.end(), emptyPool.end()]));

    const insertReferring = async (id: string) => {
      const draft = await draftRow(env.owner, table, empty);
      return insertDraft(emptyPool, table, { ...draft, [column]: id });
    };

    it("refuses another workspace's row, in the very words of one that does not exist", async () => {
      const unknown = randomUUID();
      const toForeign = await refusal(insertReferring(foreign), foreign);
      expect(toForeign).toMatchObject({ code: "23503" });
      expect(toForeign).toEqual(
        await refusal(insertReferring(unknown), unknown),
      );
    });

    it("refuses to be changed to another workspace's row, in the same words", async () => {
      const change = (id: string) =>
        pool.query(
          `UPDATE public."${table}" SET "${column}" = $1 WHERE "${column}" = $2`,
          [id, myRow[column]],
        );
      const unknown = randomUUID();
      const toForeign = await refusal(change(foreign), foreign);
      expect(toForeign).toMatchObject({ code: "23503" });
      expect(toForeign).toEqual(await refusal(change(unknown), unknown));
    });

    it(`still does ON DELETE ${onDelete} within the workspace, and keeps the workspace`, async () => {
      const rowsOf = async () =>
        (
          await env.owner.query<Row>(
            `SELECT "workspaceId", "${column}" AS "to" FROM public."${table}" WHERE "workspaceId" = $1`,
            [mine],
          )
        ).rows;
      const before = await rowsOf();
      expect(before.map((row) => row.to)).toContain(myRow[column]);
      const deleted = await pool.query(
        `DELETE FROM public."${parent}" WHERE "id" = $1`,
        [myRow[column]],
      );
      expect(deleted.rowCount).toBe(1);
      const after = await rowsOf();
      expect(after.map((row) => row.to)).not.toContain(myRow[column]);
      expect(after).toHaveLength(
        before.length - (onDelete === "cascade" ? 1 : 0),
      );
    });
  },
);

describe("the references between tenants' tables", () => {
  interface Key {
    name: string;
    table: string;
    parent: string;
    columns: string[];
    parentColumns: string[];
    validated: boolean;
  }
  const names = (key: string, relation: string) =>
    `ARRAY(SELECT a.attname::text FROM unnest(c.${key}) WITH ORDINALITY AS k(num, at)
            JOIN pg_attribute AS a ON a.attrelid = c.${relation} AND a.attnum = k.num ORDER BY k.at)`;
  async function keys(client: Pick<pg.Pool, "query">): Promise<Key[]> {
    const { rows } = await client.query<Key>(
      `SELECT c.conname AS name, child.relname AS "table", parent.relname AS parent, c.convalidated AS validated,
              ${names("conkey", "conrelid")} AS columns, ${names("confkey", "confrelid")} AS "parentColumns"
         FROM pg_constraint AS c JOIN pg_class AS child ON child.oid = c.conrelid JOIN pg_class AS parent ON parent.oid = c.confrelid
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND parent.relname <> 'Workspace' ORDER BY 1`,
    );
    return rows;
  }
  const kinds = new Map(registeredTables());
  /** Keys that do not hold both ends in one workspace; and why that is right for those that may. */
  const loose = (all: Key[]) =>
    all.filter(
      ({ columns, parentColumns }) =>
        columns[0] !== "workspaceId" || parentColumns[0] !== "workspaceId",
    );
  const LOOSE = [
    "WorkspaceMembeAccount_workspaceMemberId_fkey", // out of the app role's reach
    "WorkspaceMemberRole_workspaceMemberId_fkey", // a person may have roles in many workspaces; the app role only reads
  ];

  it("hold both ends in one workspace, all of them, and were checked on the rows there are", async () => {
    const all = await keys(env.owner);
    expect(loose(all).map(({ name }) => name)).toEqual(LOOSE);
    for (const { table } of loose(all)) {
      const entry = kinds.get(table);
      expect(
        entry === undefined || entry.kind === "global" ? [] : entry.app,
      ).not.toContain("INSERT");
    }
    expect(all.filter(({ validated }) => !validated)).toEqual([]);
    expect(all.map(({ name }) => name)).toEqual(
      [...LOOSE, ...tenantReferences().map((r) => r.constraint)].sort(),
    );
  });

  it("are found by that test when a new one forgets the workspace", async () => {
    const client = await env.owner.connect();
    await client.query("BEGIN");
    await client.query(
      'ALTER TABLE public."Journey" ADD COLUMN "segmentId" uuid REFERENCES public."Segment" ("id")',
    );
    expect(loose(await keys(client)).map(({ name }) => name)).toContain(
      "Journey_segmentId_fkey",
    );
    await client.query("ROLLBACK");
    client.release();
  });

  it("follow a workspace whose id changes", async () => {
    const former = await env.createWorkspace();
    for (const { table, column, parent } of tenantReferences()) {
      const parentRow = await insertRow(env.owner, parent, former);
      const draft = await draftRow(env.owner, table, former);
      await insertDraft(env.owner, table, { ...draft, [column]: parentRow.id });
    }
    const next = randomUUID();
    await env.owner.query(
      'UPDATE public."Workspace" SET "id" = $1 WHERE "id" = $2',
      [next, former],
    );
    for (const { table, column } of tenantReferences()) {
      const { rows } = await env.owner.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM public."${table}" WHERE "workspaceId" = $1 AND "${column}" IS NOT NULL`,
        [next],
      );
      expect(rows[0]?.n, table).toBeGreaterThan(0);
    }
  });

  it("let a workspace be deleted with everything that refers to each other", async () => {
    const doomed = await env.createWorkspace();
    for (const { table } of tenantReferences()) {
      // Dittofeed keeps a workspace that has broadcasts, and has several keys in one table.
      if (table !== "Broadcast") {
        await insertRow(env.owner, table, doomed);
      }
    }
    await env.owner.query('DELETE FROM public."Workspace" WHERE "id" = $1', [
      doomed,
    ]);
    const left = await env.owner.query(
      'SELECT 1 FROM public."Secret" WHERE "workspaceId" = $1',
      [doomed],
    );
    expect(left.rowCount).toBe(0);
  });

  it("cannot be made to journeys of another workspace by an event, which knows its workspace by the journey", async () => {
    const pool = appAs(env, await env.createWorkspace());
    const journey = await insertRow(env.owner, "Journey", theirs);
    const told = (id: string) =>
      refusal(
        pool.query(
          `INSERT INTO public."UserJourneyEvent" ("userId", "journeyId", "type", "journeyStartedAt") VALUES ('u', $1, 't', now())`,
          [id],
        ),
        id,
      );
    const toForeign = await told(String(journey.id));
    expect(toForeign).toMatchObject({ code: "42501" });
    expect(toForeign).toEqual(await told(randomUUID()));
    await pool.end();
  });
});
