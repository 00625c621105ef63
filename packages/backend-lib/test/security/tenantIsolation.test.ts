import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { registeredTables, type TableEntry } from "../../src/db/policies";
import { TenantPool } from "../../src/multitenancy/connectionPool";
import { draftRow, insertDraft, insertRow, type Row } from "../rowFactory";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();

/** What a unit of work may say of its workspace, besides the truth. */
const NO_CONTEXT = "";

/** The app role with a given text as its workspace, whatever that text is. */
class AppAs {
  readonly pool: TenantPool;

  constructor(workspaceId: string) {
    this.pool = new TenantPool({
      connectionString: env.url("dittofeed_app"),
      max: 1,
      role: "dittofeed_app",
      unitOfWork: () => ({ workspaceId, context: undefined }),
    });
  }
}

const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? error.code : String(error);
const outcome = async (
  work: Promise<pg.QueryResult>,
): Promise<number | string | undefined> =>
  work.then((result) => result.rowCount ?? 0, codeOf);

/** insufficient_privilege: what a policy's WITH CHECK and a missing right both answer. */
const REFUSED = "42501";

function ownColumn(entry: TableEntry): string {
  if (entry.kind === "through") {
    return entry.column;
  }
  return entry.kind === "self" ? "id" : "workspaceId";
}

describe.each(registeredTables())("%s", (table, entry) => {
  let mine: string;
  let theirs: string;
  let myRow: Row;
  let theirRow: Row;
  const opened: AppAs[] = [];
  const appAs = (workspaceId: string) => {
    const app = new AppAs(workspaceId);
    opened.push(app);
    return app.pool;
  };
  const may = (privilege: "SELECT" | "INSERT" | "UPDATE" | "DELETE") =>
    entry.kind !== "global" && entry.app.includes(privilege);

  beforeAll(async () => {
    mine = await env.createWorkspace();
    theirs = await env.createWorkspace();
    myRow =
      entry.kind === "self"
        ? { id: mine }
        : await insertRow(env.owner, table, mine);
    theirRow =
      entry.kind === "self"
        ? { id: theirs }
        : await insertRow(env.owner, table, theirs);
  });

  afterAll(() => Promise.all(opened.map(({ pool }) => pool.end())));

  /** The row as a condition: by its own columns, since not every table has a key. */
  const at = (row: Row): [string, unknown[]] => {
    const keys = Object.keys(row).filter((key) => typeof row[key] === "string");
    return [
      keys.map((key, i) => `"${key}" = $${i + 1}`).join(" AND "),
      keys.map((key) => row[key]),
    ];
  };
  const count = async (pool: pg.Pool) =>
    outcome(pool.query(`SELECT * FROM public."${table}"`));
  const touch = (pool: pg.Pool, row: Row) => {
    const [where, values] = at(row);
    const column = ownColumn(entry);
    return outcome(
      pool.query(
        `UPDATE public."${table}" SET "${column}" = "${column}" WHERE ${where}`,
        values,
      ),
    );
  };
  const remove = (pool: pg.Pool, row: Row) => {
    const [where, values] = at(row);
    return outcome(
      pool.query(`DELETE FROM public."${table}" WHERE ${where}`, values),
    );
  };

  if (entry.kind === "global") {
    it("is out of the app role's reach, whatever the context", async () => {
      for (const workspaceId of [NO_CONTEXT, mine]) {
        const pool = appAs(workspaceId);
        expect(await count(pool)).toBe(REFUSED);
        expect(await remove(pool, myRow)).toBe(REFUSED);
      }
    });
    return;
  }

  it("shows no row without a context", async () => {
    expect(await count(appAs(NO_CONTEXT))).toBe(0);
  });

  it("refuses to work under a malformed context", async () => {
    // invalid_text_representation: no row is shown and none is written.
    expect(await count(appAs("not-a-uuid"))).toBe("22P02");
  });

  it("shows a workspace its own row and no other", async () => {
    const { rows } = await appAs(mine).query<Row>(
      `SELECT * FROM public."${table}"`,
    );
    expect(rows.length).toBeGreaterThan(0);
    const foreign =
      entry.kind === "workspace"
        ? rows.filter((row) => row.workspaceId !== mine)
        : [];
    expect(foreign).toEqual([]);
    const keyOf = (row: Row) => JSON.stringify(at(row)[1]);
    if (entry.kind === "self") {
      expect(rows.map((row) => row.id)).toEqual([mine]);
    } else {
      expect(rows.map(keyOf)).toContain(keyOf(myRow));
      expect(rows.map(keyOf)).not.toContain(keyOf(theirRow));
    }
  });

  it("lets no row be changed or removed without a context, or under another's", async () => {
    for (const workspaceId of [NO_CONTEXT, theirs]) {
      const pool = appAs(workspaceId);
      expect(await touch(pool, myRow)).toBe(may("UPDATE") ? 0 : REFUSED);
      expect(await remove(pool, myRow)).toBe(may("DELETE") ? 0 : REFUSED);
    }
  });

  it("lets no row be written for a workspace that is not the context's", async () => {
    if (entry.kind === "self") {
      expect(
        await outcome(
          appAs(theirs).query(
            'INSERT INTO public."Workspace" ("name") VALUES ($1)',
            ["x"],
          ),
        ),
      ).toBe(REFUSED);
      return;
    }
    const fresh = await env.createWorkspace();
    const draft = await draftRow(env.owner, table, fresh);
    for (const workspaceId of [NO_CONTEXT, theirs]) {
      expect(
        await insertDraft(appAs(workspaceId), table, draft).then(
          () => "written",
          codeOf,
        ),
      ).toBe(REFUSED);
    }
    const own = insertDraft(appAs(fresh), table, draft).then(
      () => "written",
      codeOf,
    );
    expect(await own).toBe(may("INSERT") ? "written" : REFUSED);
  });

  it("lets no row be moved to another workspace", async () => {
    const [where, values] = at(myRow);
    const target = entry.kind === "through" ? theirRow[entry.column] : theirs;
    const moved = await outcome(
      appAs(mine).query(
        `UPDATE public."${table}" SET "${ownColumn(entry)}" = $${values.length + 1} WHERE ${where}`,
        [...values, target],
      ),
    );
    expect(moved).toBe(REFUSED);
  });

  it("cannot be truncated", async () => {
    expect(
      await outcome(appAs(mine).query(`TRUNCATE public."${table}" CASCADE`)),
    ).toBe(REFUSED);
  });

  it("lets a workspace change and remove its own, as far as it may", async () => {
    const pool = appAs(mine);
    expect(await touch(pool, myRow)).toBe(may("UPDATE") ? 1 : REFUSED);
    expect(await remove(pool, myRow)).toBe(may("DELETE") ? 1 : REFUSED);
  });
});
