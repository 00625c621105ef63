// Checks of indexes and constraints: each table can be read by workspace, no index is broken, and no row refers to another
// workspace's. Leaves to references.ts which references there are.

import { referenceSql, tenantReferences } from "../references";
import { type Check, problemIf } from "./check";
import { keyColumn, sqlName } from "./examination";

const LED = `
  SELECT DISTINCT i.indrelid::integer AS "oid", a.attname::text AS "column"
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
   WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid AND i.indpred IS NULL`;

const led: Check = {
  id: "index.workspace",
  group: "Indexes and constraints",
  title: "Every tenants' table has an index that leads with the workspace",
  scope: "full",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const rows = await query<{ oid: number; column: string }>(LED, [
      guarded.map(({ oid }) => oid),
    ]);
    const bare = guarded.flatMap((table) => {
      const column = keyColumn(table.entry);
      return column === undefined ||
        rows.some((row) => row.oid === table.oid && row.column === column)
        ? []
        : [{ table, column }];
    });
    return problemIf(
      bare.map(({ table, column }) => `${sqlName(table)} ("${column}")`),
      {
        severity: "warning",
        title: "A tenants' table has no index that leads with the workspace",
        why: "Each query reads everybody's rows to find one workspace's: slow, and the slower the more others have, which they can tell by the time.",
        mend: bare.map(
          ({ table, column }) =>
            `CREATE INDEX CONCURRENTLY ON ${sqlName(table)} ("${column}");`,
        ),
      },
    );
  },
};

const INVALID = `
  SELECT n.nspname::text AS "schema", x.relname::text AS "name", c.relname::text AS "table"
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = x.relnamespace
   WHERE i.indrelid = ANY ($1::oid[]) AND NOT (i.indisvalid AND i.indisready) ORDER BY 2`;

const valid: Check = {
  id: "index.valid",
  group: "Indexes and constraints",
  title: "No index is invalid",
  scope: "full",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<{ schema: string; name: string; table: string }>(
      INVALID,
      [guarded.map(({ oid }) => oid)],
    );
    return problemIf(
      found.map((index) => `${sqlName(index)} of "${index.table}"`),
      {
        severity: "warning",
        title: "An index is invalid",
        why: "A concurrent build failed, or is under way at this moment: the index costs every write and serves no read, and a unique one does not keep its promise.",
        mend: found.map(
          (index) => `REINDEX INDEX CONCURRENTLY ${sqlName(index)};`,
        ),
      },
    );
  },
};

const NOT_VALID = `
  SELECT k.conname::text AS "name", c.relname::text AS "table"
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
   WHERE k.conrelid = ANY ($1::oid[]) AND NOT k.convalidated ORDER BY 2, 1`;

const validated: Check = {
  id: "constraint.validated",
  group: "Indexes and constraints",
  title: "Every constraint holds for the rows that are there",
  scope: "full",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<{ name: string; table: string }>(NOT_VALID, [
      guarded.map(({ oid }) => oid),
    ]);
    return problemIf(
      found.map(({ name, table }) => `${name} on public."${table}"`),
      {
        severity: "warning",
        title: "A constraint holds for new rows only",
        why: "Rows that were there before may break it: refer to another workspace's row, or to none.",
        mend: found.map(
          ({ name, table }) =>
            `ALTER TABLE public."${table}" VALIDATE CONSTRAINT "${name}"; -- its error names the rows to look at first`,
        ),
      },
    );
  },
};

/** Foreign keys with the pairs of columns that they hold together. */
const REFERENCES = `
  SELECT c.relname::text AS "table", p.relname::text AS "parent",
         ARRAY(SELECT a.attname || '=' || b.attname
                 FROM unnest(k.conkey, k.confkey) AS pair (own, other)
                 JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = pair.own
                 JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = pair.other) AS "pairs"
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid
   WHERE k.contype = 'f' AND k.conrelid = ANY ($1::oid[])`;

const references: Check = {
  id: "reference.same-workspace",
  group: "Indexes and constraints",
  title: "No row can refer to another workspace's",
  scope: "isolation",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const rows = await query<{
      table: string;
      parent: string;
      pairs: string[];
    }>(REFERENCES, [guarded.map(({ oid }) => oid)]);
    const open = tenantReferences().filter(
      ({ table, column, parent }) =>
        !rows.some(
          (row) =>
            row.table === table &&
            row.parent === parent &&
            row.pairs.includes("workspaceId=workspaceId") &&
            row.pairs.includes(`${column}=id`),
        ),
    );
    return problemIf(
      open.map(
        ({ table, column, parent }) =>
          `public."${table}"."${column}" to public."${parent}"`,
      ),
      {
        severity: "failure",
        title: "A reference does not hold the two workspaces together",
        why: "Foreign keys are checked past all policies: by id alone they accept another workspace's row, tell that it is there, and delete along with it.",
        mend: open.map((reference) =>
          referenceSql(reference).replaceAll(/\s+/g, " ").trim(),
        ),
      },
    );
  },
};

export const keyChecks: readonly Check[] = [led, valid, validated, references];
