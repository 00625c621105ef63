// Checks of indexes and constraints: each table can be read by workspace, no index is broken, and no row refers to another
// workspace's. Leaves to references.ts which references there are.

import { referenceSql, tenantReferences } from "../references";
import { type Check, problemIf } from "./check";
import {
  type Examination,
  type GuardedTable,
  keyColumn,
  sqlName,
} from "./examination";

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

/** Foreign keys with the pairs of columns that they hold together; a partition's come with its table's. */
const REFERENCES = `
  SELECT k.conname::text AS "name", k.conrelid::integer AS "oid", k.confrelid::integer AS "parentOid",
         c.relname::text AS "table", p.relname::text AS "parent",
         ARRAY(SELECT a.attname || '=' || b.attname
                 FROM unnest(k.conkey, k.confkey) AS pair (own, other)
                 JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = pair.own
                 JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = pair.other) AS "pairs"
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid
   WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[])
   ORDER BY 2, 1`;

interface ForeignKey {
  name: string;
  oid: number;
  parentOid: number;
  table: string;
  parent: string;
  pairs: string[];
}

const HOLDS = "workspaceId=workspaceId";

/** Every key between tenants' tables that does not hold the workspaces together, whoever made it. */
function keysByIdAlone(
  keys: readonly ForeignKey[],
  guarded: readonly GuardedTable[],
): ForeignKey[] {
  const tenants = new Set(
    guarded.flatMap(({ oid, hasWorkspaceId }) => (hasWorkspaceId ? [oid] : [])),
  );
  return keys.filter(
    ({ oid, parentOid, pairs }) =>
      tenants.has(oid) && tenants.has(parentOid) && !pairs.includes(HOLDS),
  );
}

const references: Check = {
  id: "reference.same-workspace",
  group: "Indexes and constraints",
  title: "No row can refer to another workspace's",
  scope: "isolation",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const rows = await query<ForeignKey>(REFERENCES, [
      guarded.map(({ oid }) => oid),
    ]);
    const open = tenantReferences().filter(
      ({ table, column, parent }) =>
        !rows.some(
          (row) =>
            row.table === table &&
            row.parent === parent &&
            row.pairs.includes(HOLDS) &&
            row.pairs.includes(`${column}=id`),
        ),
    );
    // A key of the schema's that is open is named as such; what is beside it, by its own name.
    const extra = keysByIdAlone(rows, guarded).filter(
      ({ name }) => !open.some(({ constraint }) => constraint === name),
    );
    return problemIf(
      [
        ...open.map(
          ({ table, column, parent }) =>
            `public."${table}"."${column}" to public."${parent}"`,
        ),
        ...extra.map(
          ({ name, table, parent }) =>
            `${name}: public."${table}" to public."${parent}"`,
        ),
      ],
      {
        severity: "failure",
        title: "A reference does not hold the two workspaces together",
        why: "Foreign keys are checked past all policies: by id alone they accept another workspace's row, tell that it is there, and delete along with it.",
        mend: [
          ...open.map((reference) =>
            referenceSql(reference).replaceAll(/\s+/g, " ").trim(),
          ),
          ...extra.map(
            ({ name, table }) =>
              `ALTER TABLE public."${table}" DROP CONSTRAINT "${name.replaceAll('"', '""')}"; -- or make it by "workspaceId" as well`,
          ),
        ],
      },
    );
  },
};

/** Unique indexes without the workspace; a partition's come with its table's. An expression has no column. */
const UNIQUE = `
  SELECT i.indrelid::integer AS "oid", x.relname::text AS "index",
         string_agg(coalesce(a.attname, 'an expression'), ', ' ORDER BY k.at) AS "columns"
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(num, at)
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.num
   WHERE i.indisunique AND k.at <= i.indnkeyatts AND i.indrelid = ANY ($1::oid[])
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = i.indexrelid)
   GROUP BY i.indrelid, x.relname HAVING NOT coalesce(bool_or(a.attname = 'workspaceId'), false)
   ORDER BY 2`;

export interface UniqueKey {
  readonly table: GuardedTable;
  readonly index: string;
  /** Joined by a comma and a space. */
  readonly columns: string;
}

/** Unique keys on tables that the app writes which hold across workspaces, other than those on a random id alone. */
export async function keysAcrossWorkspaces({
  query,
  guarded,
}: Pick<Examination, "query" | "guarded">): Promise<UniqueKey[]> {
  const writable = guarded.filter(
    ({ entry }) =>
      entry.kind !== "global" &&
      (entry.app.includes("INSERT") || entry.app.includes("UPDATE")),
  );
  const rows = await query<{ oid: number; index: string; columns: string }>(
    UNIQUE,
    [writable.map(({ oid }) => oid)],
  );
  return rows.flatMap(({ oid, index, columns }) => {
    const table = writable.find((each) => each.oid === oid);
    return table === undefined || columns === "id"
      ? []
      : [{ table, index, columns }];
  });
}

/** Dittofeed's, which something else guards. */
const GUARDED_KEYS: readonly string[] = [
  // The policy is asked first, and it wants the journey to be the workspace's.
  "UserJourneyEvent (journeyId, userId, eventKey, eventKeyName, type, journeyStartedAt, nodeId)",
  // The trigger of 008 is asked first, and it wants the property to be the workspace's.
  "UserPropertyIndex (userPropertyId)",
];

const unique: Check = {
  id: "index.unique",
  group: "Indexes and constraints",
  title: "No unique key holds across workspaces",
  scope: "isolation",
  needsTables: true,
  run: async (examination) => {
    const found = (await keysAcrossWorkspaces(examination)).filter(
      ({ table, columns }) =>
        !GUARDED_KEYS.includes(`${table.name} (${columns})`),
    );
    return problemIf(
      found.map(
        ({ table, index, columns }) =>
          `${index} on ${sqlName(table)} (${columns})`,
      ),
      {
        severity: "failure",
        title: "A unique key holds across workspaces",
        why: "Unique keys are looked at past all policies: by the error one workspace learns what another has, and may take a value that the other needs.",
        mend: found.map(
          ({ table, columns }) =>
            `Make it by the workspace as well: CREATE UNIQUE INDEX CONCURRENTLY ON ${sqlName(table)} ("workspaceId", ${columns}); and drop this one.`,
        ),
      },
    );
  },
};

export const keyChecks: readonly Check[] = [
  led,
  valid,
  validated,
  references,
  unique,
];
