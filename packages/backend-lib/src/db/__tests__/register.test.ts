import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import {
  CURRENT_WORKSPACE,
  dropPolicySql,
  policySql,
  registeredTables,
  TABLES,
} from "../policies";
import * as schema from "../schema";

const env = useTenantEnv();

const drizzleTables = Object.values(schema).flatMap((value) =>
  is(value, PgTable) ? [value] : [],
);
const names = registeredTables().map(([name]) => name);

/** Says of every workspace when something of it changed, also of those that are gone: out of a tenant's reach. */
const OF_EVERYBODY = ["CacheGeneration"];

interface CatalogTable {
  name: string;
  parent: string | null;
  enabled: boolean;
  forced: boolean;
}

async function catalogTables(): Promise<CatalogTable[]> {
  const { rows } = await env.owner.query<CatalogTable>(
    `SELECT c.relname AS name, p.relname AS parent, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
       FROM pg_catalog.pg_class AS c
       LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
       LEFT JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f')
      ORDER BY c.relname`,
  );
  return rows;
}

interface PolicyRow {
  table: string;
  policy: string;
  roles: string[];
  command: string;
  permissive: string;
  using: string | null;
  check: string | null;
}

async function policies(): Promise<PolicyRow[]> {
  const { rows } = await env.owner.query<PolicyRow>(
    `SELECT tablename AS "table", policyname AS "policy", roles::text[] AS "roles", cmd AS "command",
            permissive, qual AS "using", with_check AS "check"
       FROM pg_catalog.pg_policies WHERE schemaname = 'public'`,
  );
  return rows;
}

describe("the register of tables", () => {
  it("names exactly the tables that the database has", async () => {
    const tables = await catalogTables();
    expect(tables.filter((t) => t.parent === null).map((t) => t.name)).toEqual(
      [...names].sort(),
    );
  });

  it("names exactly the tables of the Drizzle schema", () => {
    expect(
      drizzleTables.map((table) => getTableConfig(table).name).sort(),
    ).toEqual([...names].sort());
  });

  it("agrees with the database on every column of the Drizzle schema", async () => {
    const { rows } = await env.owner.query<{
      table: string;
      columns: string[];
    }>(
      `SELECT c.relname AS "table", array_agg(a.attname::text ORDER BY a.attname) AS columns
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname`,
    );
    const live = new Map(
      rows.map((row) => [row.table, [...row.columns].sort()]),
    );
    for (const table of drizzleTables) {
      const { name, columns } = getTableConfig(table);
      expect(columns.map((column) => column.name).sort(), name).toEqual(
        live.get(name),
      );
    }
  });

  it("says `workspace` of exactly the tables with a workspaceId, but for what is everybody's", () => {
    for (const table of drizzleTables) {
      const { name, columns } = getTableConfig(table);
      const entry = registeredTables().find(
        ([registered]) => registered === name,
      )?.[1];
      const hasColumn = columns.some((column) => column.name === "workspaceId");
      expect(entry?.kind === "workspace", name).toBe(
        hasColumn && !OF_EVERYBODY.includes(name),
      );
    }
    const kinds = new Map(registeredTables());
    expect(OF_EVERYBODY.map((name) => kinds.get(name)?.kind)).toEqual([
      "global",
    ]);
  });

  it("has row-level security enabled and forced on every table and partition", async () => {
    const open = (await catalogTables()).filter((t) => !t.enabled || !t.forced);
    expect(open).toEqual([]);
  });

  it("has one policy a role, each with USING and WITH CHECK, none for PUBLIC", async () => {
    const live = await policies();
    for (const { name, parent } of await catalogTables()) {
      const entry = registeredTables().find(
        ([registered]) => registered === (parent ?? name),
      )?.[1];
      const own = live.filter((policy) => policy.table === name);
      const expected = [
        "owner_all",
        "system_all",
        ...(entry?.kind === "global" ? [] : ["tenant_isolation"]),
      ];
      expect(own.map((p) => p.policy).sort(), name).toEqual(expected);
      for (const policy of own) {
        expect(policy, `${name}.${policy.policy}`).toMatchObject({
          command: "ALL",
          permissive: "PERMISSIVE",
        });
        expect(policy.using, `${name}.${policy.policy}`).not.toBeNull();
        expect(policy.check, `${name}.${policy.policy}`).toBe(policy.using);
        expect(policy.roles).toHaveLength(1);
        expect(policy.using === "true").toBe(
          policy.roles[0] !== "dittofeed_app",
        );
      }
    }
  });

  it("is led by workspaceId in at least one index of every workspace table", async () => {
    const { rows } = await env.owner.query<{ table: string }>(
      `SELECT DISTINCT c.relname AS "table"
         FROM pg_catalog.pg_index AS i
         JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE a.attname = 'workspaceId' AND i.indisvalid AND i.indpred IS NULL`,
    );
    const led = new Set(rows.map((row) => row.table));
    const bare = registeredTables().flatMap(([name, entry]) =>
      entry.kind === "workspace" && !led.has(name) ? [name] : [],
    );
    expect(bare).toEqual([]);
  });

  it("grants the app role what is registered and nothing else, and PUBLIC nothing", async () => {
    const { rows } = await env.owner.query<{
      table: string;
      grantee: string;
      privileges: string[];
    }>(
      `SELECT c.relname AS "table", coalesce(r.rolname, 'PUBLIC') AS grantee,
              array_agg(acl.privilege_type::text ORDER BY acl.privilege_type) AS privileges
         FROM pg_catalog.pg_class AS c
         CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
         LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = acl.grantee
        WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee <> c.relowner
        GROUP BY 1, 2`,
    );
    const granted = (grantee: string) =>
      new Map(
        rows
          .filter((row) => row.grantee === grantee)
          .map((row) => [row.table, row.privileges]),
      );
    expect(granted("PUBLIC")).toEqual(new Map());
    const app = granted("dittofeed_app");
    for (const [name, entry] of registeredTables()) {
      expect(app.get(name) ?? [], name).toEqual(
        entry.kind === "global" ? [] : [...entry.app].sort(),
      );
    }
    // Partitions are reached through their parent only.
    expect([...app.keys()].filter((table) => !names.includes(table))).toEqual(
      [],
    );
  });

  it("is what the migrations' SQL says, word for word", async () => {
    // A table's policies taken off and generated anew leave the catalog as it was.
    const before = await policies();
    const tablesBefore = await catalogTables();
    for (const [name, entry] of registeredTables()) {
      await env.owner.query(dropPolicySql(name));
      await env.owner.query(policySql(name, entry));
    }
    const key = (row: PolicyRow) => `${row.table}.${row.policy}`;
    const sorted = (rows: PolicyRow[]) =>
      [...rows].sort((a, b) => key(a).localeCompare(key(b)));
    expect(sorted(await policies())).toEqual(sorted(before));
    expect(await catalogTables()).toEqual(tablesBefore);
    expect(CURRENT_WORKSPACE).toContain("app.current_workspace_id");
    expect(Object.keys(TABLES)).toHaveLength(names.length);
  });

  it("never lets the app role leave row-level security behind", async () => {
    const { rows } = await env.owner.query<{
      role: string;
      dangerous: boolean;
      owned: number;
      member: string[];
    }>(
      `SELECT r.rolname AS role, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb AS dangerous,
              (SELECT count(*)::int FROM pg_catalog.pg_class AS c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace) AS owned,
              ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid) AS member
         FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('dittofeed_app', 'dittofeed_system')`,
    );
    for (const row of rows) {
      expect(row, row.role).toMatchObject({
        dangerous: false,
        owned: 0,
        member: [],
      });
    }
    expect(rows).toHaveLength(2);
  });
});
