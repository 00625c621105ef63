// The statements that spread the register's heavy tables over a Citus cluster, in an order that works. Owns only the text:
// it is printed by `yarn db:policies --dialect citus` and run by hand, since it is done once, after thought. What it was
// tested on and what not: docs/scaling.md. Source: the Citus manual ("Distributed DDL", "Foreign keys"), and the
// checks in its sources, src/backend/distributed/commands/{policy,foreign_constraint}.c.

import {
  type Distribution,
  registeredTables,
  type TableEntry,
} from "./policies";

type Register = readonly (readonly [name: string, entry: TableEntry])[];

function distributionOf(entry: TableEntry): Distribution {
  return entry.kind === "workspace" ? (entry.distribution ?? "local") : "local";
}

/** The tables of the register that Citus keeps in this way, in order of name. */
export function tablesDistributed(
  distribution: Distribution,
  register: Register = registeredTables(),
): string[] {
  return register
    .flatMap(([name, entry]) =>
      distributionOf(entry) === distribution ? [name] : [],
    )
    .sort();
}

const quoted = (table: string) => `public."${table}"`;

/** The triggers of quotas. A distributed table may have none, so what lies in one is not counted any more. */
const COUNTING = [
  "count_insert",
  "count_update",
  "count_delete",
  "count_truncate",
  "message_period_guard",
  "message_period_kept",
];

/**
 * Workspaces stay on the coordinator, and a distributed table may refer to no table there; what the foreign key did when a
 * workspace is deleted, a trigger does.
 */
function detach(tables: readonly string[]): string[] {
  const deletes = tables.map(
    (table) => `  DELETE FROM ${quoted(table)} WHERE "workspaceId" = OLD."id";`,
  );
  return [
    ...tables.flatMap((table) =>
      COUNTING.map(
        (trigger) => `DROP TRIGGER IF EXISTS ${trigger} ON ${quoted(table)};`,
      ),
    ),
    ...tables.map(
      (table) =>
        `ALTER TABLE ${quoted(table)} DROP CONSTRAINT IF EXISTS "${table}_workspaceId_fkey";`,
    ),
    [
      "CREATE OR REPLACE FUNCTION tenancy.delete_distributed_rows() RETURNS trigger",
      "  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp",
      "AS $$",
      "BEGIN",
      ...deletes,
      "  RETURN OLD;",
      "END",
      "$$;",
    ].join("\n"),
    "REVOKE ALL ON FUNCTION tenancy.delete_distributed_rows() FROM PUBLIC;",
    `DROP TRIGGER IF EXISTS delete_distributed_rows ON ${quoted("Workspace")};`,
    `CREATE TRIGGER delete_distributed_rows AFTER DELETE ON ${quoted("Workspace")} FOR EACH ROW EXECUTE FUNCTION tenancy.delete_distributed_rows();`,
  ];
}

/**
 * Everything that Citus needs to be told, to be run once as the owner on the coordinator, when the policies are in the
 * `citus` dialect: foreign keys off, reference tables, then the tables that are cut by workspace, all alike, so that a
 * workspace's rows lie on one worker and join there.
 */
export function distributionSql(
  register: Register = registeredTables(),
): string {
  const reference = tablesDistributed("reference", register);
  const [first, ...others] = tablesDistributed("workspace", register);
  if (first === undefined) {
    return "";
  }
  const colocated = [first, ...others];
  const statements = [
    ...detach(colocated),
    ...reference.map(
      (table) => `SELECT create_reference_table('${quoted(table)}');`,
    ),
    `SELECT create_distributed_table('${quoted(first)}', 'workspaceId', colocate_with => 'none');`,
    ...others.map(
      (table) =>
        `SELECT create_distributed_table('${quoted(table)}', 'workspaceId', colocate_with => '${quoted(first)}');`,
    ),
  ];
  return `${statements.join("\n")}\n`;
}
