// What the checks look at: the logins in use, the server, and the catalog, read through one connection. Owns connecting and
// the facts that several checks share; opens nothing but read-only transactions. Leaves judging to the checks.

import { err, ok, type Result } from "neverthrow";
import pg from "pg";

import { registeredTables, type TableEntry } from "../policies";
import { sentenceOf } from "./check";

export const APP_ROLE = "dittofeed_app";
export const SYSTEM_ROLE = "dittofeed_system";
export const OWNER_ROLE = "dittofeed_owner";

/** The setting that names a login's URL. */
export type Variable =
  "DATABASE_URL" | "DATABASE_SYSTEM_URL" | "DATABASE_ADMIN_URL";

export interface Urls {
  readonly app: string;
  /** Undefined: the system role is taken on by the app's login. */
  readonly system: string | undefined;
  /** Undefined: checks that need the owner are left out, and said to be. */
  readonly admin: string | undefined;
}

/** A session of one login, as it begins. */
export interface Login {
  readonly variable: Variable;
  readonly name: string;
  /** The role of its statements, until one is taken on. */
  readonly actsAs: string;
  /** Not the server itself answers, but a pooler between. */
  readonly isPooled: boolean;
  readonly database: string;
  readonly version: number;
  readonly versionText: string;
  readonly clusterName: string;
  readonly rowSecurity: string;
  readonly replicationRole: string;
  readonly workspaceSetting: string;
  readonly searchPath: string;
  readonly isReadOnly: boolean;
  readonly maxConnections: number;
  /** Kept for superusers and their like. */
  readonly reservedConnections: number;
}

/** A table of the database; partitions stand beside the table that they are part of. */
export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "foreign";
  /** The table that it is a partition of, at the very top; its own name otherwise. */
  readonly root: string;
  readonly isPartition: boolean;
  readonly isProtected: boolean;
  readonly isForced: boolean;
  readonly owner: string;
  readonly hasWorkspaceId: boolean;
  readonly refersToWorkspace: boolean;
}

/** A table or partition of the register, with its entry. */
export interface GuardedTable extends Table {
  readonly entry: TableEntry;
}

export interface Examination {
  readonly urls: Urls;
  /** The app's login first; each that is set and can be reached. */
  readonly logins: readonly Login[];
  /** Logins that are set but do not work, with the server's or the system's words. */
  readonly refused: readonly {
    readonly variable: Variable;
    readonly reason: string;
  }[];
  /** The login that the catalog is read as. */
  readonly reader: Login;
  /** Whether our migrations were ever run here. */
  readonly isMigrated: boolean;
  readonly tables: readonly Table[];
  readonly guarded: readonly GuardedTable[];
  /** Connections that one process of the product may open. */
  readonly poolMax: number;
  /** In a read-only transaction. */
  readonly client: Pick<pg.Client, "query">;
  readonly query: <T extends pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ) => Promise<T[]>;
  /** After a query that failed: the others must not suffer. */
  readonly recover: () => Promise<void>;
}

/** The database cannot be examined; the message says why, in a sentence without any password. */
export interface DatabaseUnreachable {
  readonly type: "DatabaseUnreachable";
  readonly message: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 10_000;

const SESSION = `
  SELECT session_user::text AS "name", current_user::text AS "actsAs", pg_catalog.pg_backend_pid() AS "pid", current_database()::text AS "database",
         current_setting('server_version_num')::integer AS "version",
         current_setting('server_version') AS "versionText",
         coalesce(current_setting('cluster_name', true), '') AS "clusterName",
         current_setting('row_security') AS "rowSecurity",
         current_setting('session_replication_role') AS "replicationRole",
         coalesce(current_setting('app.current_workspace_id', true), '') AS "workspaceSetting",
         current_setting('search_path') AS "searchPath",
         current_setting('default_transaction_read_only')::boolean AS "isReadOnly",
         current_setting('max_connections')::integer AS "maxConnections",
         current_setting('superuser_reserved_connections')::integer
           + coalesce(current_setting('reserved_connections', true)::integer, 0) AS "reservedConnections"`;

const TABLES = `
  SELECT c.oid::integer AS "oid", n.nspname::text AS "schema", c.relname::text AS "name",
         CASE WHEN c.relkind = 'f' THEN 'foreign' ELSE 'table' END AS "kind",
         coalesce(root.relname, c.relname)::text AS "root", c.relispartition AS "isPartition",
         c.relrowsecurity AS "isProtected", c.relforcerowsecurity AS "isForced",
         pg_catalog.pg_get_userbyid(c.relowner)::text AS "owner",
         EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a
                  WHERE a.attrelid = c.oid AND a.attname = 'workspaceId' AND NOT a.attisdropped) AS "hasWorkspaceId",
         EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS f
                   JOIN pg_catalog.pg_class AS t ON t.oid = f.confrelid
                  WHERE f.conrelid = c.oid AND f.contype = 'f' AND t.relname = 'Workspace'
                    AND t.relnamespace = 'public'::regnamespace) AS "refersToWorkspace"
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class AS root ON c.relispartition AND root.oid = pg_catalog.pg_partition_root(c.oid)
   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
     AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
   ORDER BY c.relname, n.nspname`;

const IS_MIGRATED = `
  SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'tenancy' AND c.relname = 'Migration')
     AND (SELECT count(*) FROM pg_catalog.pg_roles
           WHERE rolname IN ('dittofeed_app', 'dittofeed_system', 'dittofeed_owner')) = 3 AS "isMigrated"`;

/** Every name in what the server writes out is qualified, whatever path a login has; nothing can be changed. */
const BEGIN = `
  BEGIN READ ONLY;
  SET LOCAL search_path = pg_catalog;
  SET LOCAL lock_timeout = '2s';
  SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`;

interface Opened {
  readonly client: pg.Client;
  readonly login: Login;
}

/** node-postgres knows it, its types do not: the process that the other side says it is. */
function announcedPid(client: pg.Client): unknown {
  return Reflect.get(client, "processID");
}

async function openLogin(variable: Variable, url: string): Promise<Opened> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "dittofeed_doctor",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => undefined); // a query tells of it
  try {
    await client.connect();
    const { rows } = await client.query<Login & { pid: number }>(SESSION);
    const [row] = rows;
    if (row === undefined) {
      throw new Error("the server did not answer");
    }
    const { pid, ...session } = row;
    return {
      client,
      login: { ...session, variable, isPooled: announcedPid(client) !== pid },
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** The server's or the system's sentence; it carries no URL, and so no password. */
function reasonOf(error: unknown): string {
  // Of several addresses that were tried in vain, the error has but a code.
  const said =
    error instanceof AggregateError
      ? String(Reflect.get(error, "code"))
      : sentenceOf(error);
  return said.includes("://") ? "the URL is not usable" : said;
}

function guardedTables(tables: readonly Table[]): GuardedTable[] {
  const register = new Map(registeredTables());
  return tables.flatMap((table) => {
    const entry = register.get(table.root);
    return table.schema === "public" && entry !== undefined
      ? [{ ...table, entry }]
      : [];
  });
}

/**
 * Connects with every login that is set and runs `work` on what it found. Err when the app's own login does not work; the
 * others are named in `refused`. Closes its connections; changes nothing, takes no lock that anybody waits for.
 */
export async function examining<Answer>(
  { urls, poolMax }: { readonly urls: Urls; readonly poolMax: number },
  work: (examination: Examination) => Promise<Answer>,
): Promise<Result<Answer, DatabaseUnreachable>> {
  const wanted: [Variable, string | undefined][] = [
    ["DATABASE_URL", urls.app],
    ["DATABASE_SYSTEM_URL", urls.system],
    ["DATABASE_ADMIN_URL", urls.admin],
  ];
  const opened: Opened[] = [];
  const refused: { variable: Variable; reason: string }[] = [];
  await Promise.all(
    wanted.map(async ([variable, url]) => {
      if (url === undefined) {
        return;
      }
      try {
        opened.push(await openLogin(variable, url));
      } catch (error) {
        refused.push({ variable, reason: reasonOf(error) });
      }
    }),
  );
  const order = wanted.map(([variable]) => variable);
  opened.sort(
    (a, b) => order.indexOf(a.login.variable) - order.indexOf(b.login.variable),
  );
  const reader = opened.at(-1); // the owner sees most
  try {
    const appRefused = refused.filter((r) => r.variable === "DATABASE_URL");
    if (reader === undefined || appRefused.length > 0) {
      return err({
        type: "DatabaseUnreachable",
        message: `The database cannot be reached with DATABASE_URL: ${appRefused.map(({ reason }) => reason).join()}. Check that it runs, and the setting.`,
      });
    }
    const { client } = reader;
    const query: Examination["query"] = async <T extends pg.QueryResultRow>(
      sql: string,
      values: readonly unknown[] = [],
    ) => (await client.query<T>(sql, [...values])).rows;
    await client.query(BEGIN);
    const migrated = await query<{ isMigrated: boolean }>(IS_MIGRATED);
    const tables = await query<Table>(TABLES);
    return ok(
      await work({
        urls,
        logins: opened.map(({ login }) => login),
        refused,
        reader: reader.login,
        isMigrated: migrated.some((row) => row.isMigrated),
        tables,
        guarded: guardedTables(tables),
        poolMax,
        client,
        query,
        recover: async () => {
          await client.query("ROLLBACK");
          await client.query(BEGIN);
        },
      }),
    );
  } finally {
    await Promise.all(
      opened.map(({ client }) => client.end().catch(() => undefined)),
    );
  }
}

/** As SQL names it. */
export function sqlName({
  schema,
  name,
}: {
  readonly schema: string;
  readonly name: string;
}): string {
  const plain = /^[a-z_][a-z0-9_]*$/;
  return `${plain.test(schema) ? schema : pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

/** The column by which a workspace's rows are found; undefined for a table that has none of anybody's. */
export function keyColumn(entry: TableEntry): string | undefined {
  switch (entry.kind) {
    case "workspace":
      return "workspaceId";
    case "self":
      return "id";
    case "through":
      return entry.column;
    case "global":
      return undefined;
  }
}
