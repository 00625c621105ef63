import { readFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { migrate, rollback } from "../migrate";
import { generatedFolder, packageRoot } from "../migrate/files";
import {
  checkReferenceSql,
  dropParentKeySql,
  dropReferenceSql,
  parentKeySql,
  referenceSql,
  tenantReferences,
} from "../references";

const env = useTenantEnv({ template: "empty" });

describe("the SQL of the references", () => {
  const references = tenantReferences();
  const fileOf = (name: string) =>
    readFileSync(
      path.join(packageRoot(), "src", "db", "migrations", name),
      "utf8",
    );

  it("is in the migrations, word for word; a key that is not there wants a new migration with it", () => {
    const up = fileOf("005_same_workspace_references.sql");
    const down = fileOf("005_same_workspace_references.down.sql");
    expect(up).toContain(parentKeySql(references));
    expect(down).toContain(dropParentKeySql(references));
    for (const reference of references) {
      expect(up).toContain(referenceSql(reference));
      expect(up).toContain(checkReferenceSql(reference));
      expect(down).toContain(dropReferenceSql(reference));
    }
    expect(references).toHaveLength(14);
  });
});

/** Dittofeed's database may hold such rows, since nothing of its own stopped them. */
describe("a database of Dittofeed's with rows that refer to another workspace", () => {
  const A = "11111111-1111-4111-8111-111111111111";
  const B = "22222222-2222-4222-8222-222222222222";
  const lines: string[] = [];
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: env.url("superuser") });
    await client.connect();
    const baseline = path.join(
      generatedFolder(),
      "0000_dittofeed_baseline.sql",
    );
    await client.query(
      readFileSync(baseline, "utf8").replaceAll("--> statement-breakpoint", ""),
    );
    await client.query(`
      INSERT INTO "Workspace" ("id", "name") VALUES ('${A}', 'A'), ('${B}', 'B');
      INSERT INTO "Secret" ("id", "workspaceId", "name") VALUES ('${A}', '${A}', 's'), ('${B}', '${B}', 's');
      INSERT INTO "Segment" ("id", "workspaceId", "name", "definition") VALUES ('${A}', '${A}', 's', '{}');
      INSERT INTO "WriteKey" ("workspaceId", "secretId") VALUES ('${A}', '${A}'), ('${B}', '${A}');
      INSERT INTO "SegmentAssignment" ("workspaceId", "userId", "inSegment", "segmentId")
        VALUES ('${A}', 'u', true, '${A}'), ('${B}', 'u', true, '${A}'), ('${B}', 'v', true, '${A}');`);
    await migrate({
      adminUrl: env.url("superuser"),
      log: (line) => lines.push(line),
    });
  });
  afterAll(() => client.end());

  const unchecked = async () =>
    (
      await client.query<{ name: string }>(
        "SELECT conname AS name FROM pg_constraint WHERE contype = 'f' AND NOT convalidated ORDER BY 1",
      )
    ).rows.map(({ name }) => name);
  const countOf = async (sql: string) => (await client.query(sql)).rowCount;
  const warnings = () => lines.filter((line) => line.startsWith("warning:"));

  it("is upgraded, and how many rows of which key are wrong is said", async () => {
    expect(warnings()).toHaveLength(2);
    expect(warnings()[0]).toContain(
      `rows of "SegmentAssignment" whose "segmentId" is another workspace's: 2.`,
    );
    expect(warnings()[1]).toContain(
      `rows of "WriteKey" whose "secretId" is another workspace's: 1.`,
    );
    expect(await unchecked()).toEqual([
      "SegmentAssignment_segmentId_fkey",
      "WriteKey_secretId_fkey",
    ]);
  });

  it("lets no more such rows in", async () => {
    await expect(
      client.query(
        `INSERT INTO "SegmentAssignment" ("workspaceId", "userId", "inSegment", "segmentId") VALUES ('${B}', 'w', true, '${A}')`,
      ),
    ).rejects.toMatchObject({ code: "23503" });
  });

  it("is not reached from the other workspace when that one deletes", async () => {
    await client.query("BEGIN");
    await client.query(`DELETE FROM "Segment" WHERE "id" = '${A}'`);
    expect(
      await countOf(
        `SELECT 1 FROM "SegmentAssignment" WHERE "workspaceId" = '${A}'`,
      ),
    ).toBe(0);
    expect(
      await countOf(
        `SELECT 1 FROM "SegmentAssignment" WHERE "workspaceId" = '${B}'`,
      ),
    ).toBe(2);
    await client.query("ROLLBACK");
  });

  it("is mended by what the report says", async () => {
    const find = /Find them: SELECT child\.\* (.*?);/;
    const check = /and run: (.*?);/;
    for (const warning of warnings()) {
      const where = find.exec(warning)?.[1] ?? "";
      expect(await countOf(`SELECT child.* ${where}`)).toBeGreaterThan(0);
      await client.query(where.replace("FROM", "DELETE FROM"));
      await client.query(check.exec(warning)?.[1] ?? "");
    }
    expect(await unchecked()).toEqual([]);
    expect(await countOf('SELECT 1 FROM "SegmentAssignment"')).toBe(1);
  });

  it("gets Dittofeed's own keys back when the step is taken back", async () => {
    while (
      (await rollback({ adminUrl: env.url("superuser") })) !==
      "005_same_workspace_references"
    );
    const { rows } = await client.query<{ key: string }>(
      `SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE conname = 'Broadcast_segmentId_fkey'`,
    );
    expect(rows[0]?.key).toBe(
      'FOREIGN KEY ("segmentId") REFERENCES "Segment"(id) ON UPDATE CASCADE ON DELETE SET NULL',
    );
  });
});
