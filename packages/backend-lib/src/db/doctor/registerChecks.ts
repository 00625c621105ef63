// Checks that the database is the one that this program was written for: its migrations, and the register of tables.

import { readMigrations } from "../migrate";
import { registeredTables } from "../policies";
import { type Check, problemIf } from "./check";
import { sqlName, type Table } from "./examination";

const LEDGER_READABLE = `
  SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "isReadable",
         pg_catalog.row_security_active(c.oid) AS "isFiltered"
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = 'tenancy' AND c.relname = 'Migration'`;

const PUSH =
  "yarn db:push (or npm start), with DATABASE_ADMIN_URL set to the owner's login.";

const migrations: Check = {
  id: "migrations.applied",
  group: "Migrations and register",
  title: "Every migration is applied, as it is written",
  scope: "start",
  needsTables: false,
  run: async (examination) => {
    if (!examination.isMigrated) {
      return problemIf(
        [`none of ${readMigrations().length} migrations is applied`],
        {
          severity: "failure",
          title: "The database is not migrated",
          why: "There is no row-level security on it yet, or no table at all: nothing keeps workspaces apart. A database that Dittofeed made is taken over as it is.",
          mend: [PUSH],
        },
      );
    }
    const [ledger] = await examination.query<{
      isReadable: boolean;
      isFiltered: boolean;
    }>(LEDGER_READABLE);
    if (ledger?.isReadable !== true) {
      return {
        notChecked:
          "only the owner may read the ledger: set DATABASE_ADMIN_URL",
      };
    }
    const rows = await examination.query<{ name: string; checksum: string }>(
      'SELECT "name", "checksum" FROM tenancy."Migration"',
    );
    if (rows.length === 0 && ledger.isFiltered) {
      // It is never empty: a policy hides it from this login.
      return {
        notChecked:
          "the ledger shows this login no row: set DATABASE_ADMIN_URL to a login with the rights of dittofeed_owner",
      };
    }
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    const known = readMigrations();
    return [
      ...problemIf(
        known.flatMap(({ name }) => (applied.has(name) ? [] : [name])),
        {
          severity: "failure",
          title: "Migrations are pending",
          why: "This version of the program counts on them.",
          mend: [PUSH],
        },
      ),
      ...problemIf(
        known.flatMap(({ name, checksum }) =>
          [undefined, checksum].includes(applied.get(name)) ? [] : [name],
        ),
        {
          severity: "failure",
          title: "A migration was edited after it was applied",
          why: "What is in force is not what the files say, and further migrations are refused.",
          mend: [
            "Put the file back as it was (git restore), and write a new migration instead.",
          ],
        },
      ),
      ...problemIf(
        rows.flatMap(({ name }) =>
          known.some((migration) => migration.name === name) ? [] : [name],
        ),
        {
          severity: "warning",
          title: "The database is ahead of this program",
          why: "A newer version has migrated it; this one does not know what it does there.",
          mend: ["Run the newer version, or take its steps back with it."],
        },
      ),
    ];
  },
};

const complete: Check = {
  id: "register.complete",
  group: "Migrations and register",
  title: "Every table of the register is there",
  scope: "start",
  needsTables: true,
  run: async ({ tables }) => {
    const there = new Set(
      tables.flatMap(({ schema, name }) => (schema === "public" ? [name] : [])),
    );
    return problemIf(
      registeredTables().flatMap(([name]) => (there.has(name) ? [] : [name])),
      {
        severity: "failure",
        title: "A table of the register is missing",
        why: "The program counts on it; somebody dropped or renamed it.",
        mend: [
          "Rename it back, or restore it from a backup; yarn db:push if a migration is pending.",
        ],
      },
    );
  },
};

const holdsTenants = (table: Table) =>
  table.hasWorkspaceId || table.refersToWorkspace;

const unknown: Check = {
  id: "register.known",
  group: "Migrations and register",
  title: "Every table with tenants' data is in the register",
  scope: "isolation",
  needsTables: true,
  run: async ({ tables, guarded }) => {
    const known = new Set(guarded.map(({ oid }) => oid));
    // The program's own tables follow no policy: rights.tenancy sees to it that no serving role reaches them.
    const strange = tables.filter(
      ({ oid, schema }) => !known.has(oid) && schema !== "tenancy",
    );
    const mend = [
      "Enter it in packages/backend-lib/src/db/policies.ts and make a migration of `yarn db:policies TABLE`; or move it out of this database.",
    ];
    return [
      ...problemIf(strange.filter(holdsTenants).map(sqlName), {
        severity: "failure",
        title: "A table with tenants' data is not in the register",
        why: 'It has a "workspaceId" or refers to "Workspace", but no policy follows from the register, so nothing says that its rows are kept apart.',
        mend,
      }),
      ...problemIf(
        strange
          .filter((table) => table.schema === "public" && !holdsTenants(table))
          .map(sqlName),
        {
          severity: "warning",
          title: "Schema public has a table that the register does not name",
          why: "Nobody has said whether it holds tenants' data.",
          mend,
        },
      ),
    ];
  },
};

export const registerChecks: readonly Check[] = [migrations, complete, unknown];
