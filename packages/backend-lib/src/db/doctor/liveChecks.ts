// The live probe: the program's own pool, asked as the program asks, shows nothing that it must not. Reads only, one
// connection, a few round trips. Trying to cross from one workspace into another is crossing.ts.

import { randomUUID } from "node:crypto";

import pg from "pg";

import { TenantConnectionPool } from "../../multitenancy/connectionPool";
import { type Check, problemIf } from "./check";
import { type Examination, type GuardedTable } from "./examination";

const STATEMENT_TIMEOUT_MS = 10_000;

interface Probe {
  readonly pool: TenantConnectionPool;
  /** The connection beneath, as the next borrower would get it. */
  readonly bare: () => pg.PoolClient | undefined;
  /** From now on statements run in this workspace; null: in none. */
  readonly enter: (workspaceId: string | null) => void;
}

async function withProbe<T>(
  { urls }: Examination,
  work: (probe: Probe) => Promise<T>,
): Promise<T> {
  let workspaceId: string | null = null;
  let bare: pg.PoolClient | undefined;
  const pool = new TenantConnectionPool({
    connectionString: urls.app,
    max: 1,
    role: "dittofeed_app",
    unitOfWork: () => ({ workspaceId, context: undefined }),
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  pool.on("connect", (client) => {
    bare = client;
  });
  try {
    return await work({
      pool,
      bare: () => bare,
      enter: (id) => {
        workspaceId = id;
      },
    });
  } finally {
    await pool.end();
  }
}

/** The tables that the app role may read, partitions by way of their parent. */
const readable = ({ guarded }: Examination) =>
  guarded.filter(
    ({ isPartition, entry }) =>
      !isPartition && entry.kind !== "global" && entry.app.includes("SELECT"),
  );

/** Names of the tables that show a row. Without sequential scans: an index finds nothing at once, however big a table is. */
async function tablesThatShow(
  { pool }: Probe,
  tables: readonly GuardedTable[],
): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN READ ONLY");
    await client.query(
      "SELECT set_config('enable_seqscan', 'off', true), set_config('lock_timeout', '2s', true)",
    );
    const { rows } = await client.query<{ name: string }>(
      tables
        .map(
          ({ name }) =>
            `SELECT ${pg.escapeLiteral(name)} AS "name" WHERE EXISTS (SELECT 1 FROM public.${pg.escapeIdentifier(name)})`,
        )
        .join(" UNION ALL "),
    );
    return rows.map(({ name }) => `public."${name}"`);
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
    client.release();
  }
}

const blind: Check = {
  id: "live.no-context",
  group: "Live probe",
  title: "Without a context, and in an unknown workspace, no table shows a row",
  scope: "isolation",
  needsTables: true,
  run: async (examination) =>
    withProbe(examination, async (probe) => {
      const without = await tablesThatShow(probe, readable(examination));
      probe.enter(randomUUID());
      const unknown = await tablesThatShow(probe, readable(examination));
      return problemIf(
        [
          ...without.map((name) => `${name}, without a context`),
          ...unknown.map((name) => `${name}, in a workspace that is not there`),
        ],
        {
          severity: "failure",
          title: "Rows are shown to nobody in particular",
          why: "The database does not keep workspaces apart, whatever the catalog says.",
          mend: [
            "Mend the findings on logins and on row-level security first, then look again.",
          ],
        },
      );
    }),
};

const SETTINGS = `SELECT current_setting('app.current_workspace_id', true) AS "workspace", current_user::text AS "role"`;

export interface Seen {
  readonly workspace: string | null;
  readonly role: string;
}

/** What is wrong with a query that ran in `workspaceId`, and with what the connection shows after it. */
export function contextFaults(
  workspaceId: string,
  within: readonly Seen[],
  after: readonly Seen[],
): string[] {
  return [
    ...within.flatMap(({ workspace, role }) => [
      // A sealed context carries the id, and more.
      ...(workspace?.includes(workspaceId) === true
        ? []
        : ["a query does not carry its context"]),
      ...(role === "dittofeed_app" ? [] : [`a query runs as ${role}`]),
    ]),
    ...after.flatMap(({ workspace }) =>
      workspace === null || workspace === ""
        ? []
        : ["the connection remembers the context of the query before"],
    ),
  ];
}

const forgets: Check = {
  id: "live.context",
  group: "Live probe",
  title: "A query carries its context, and the connection forgets it",
  scope: "isolation",
  needsTables: true,
  run: async (examination) =>
    withProbe(examination, async ({ pool, bare, enter }) => {
      const workspaceId = randomUUID();
      enter(workspaceId);
      const within = await pool.query<Seen>(SETTINGS);
      const after = await bare()?.query<Seen>(SETTINGS);
      const found = contextFaults(workspaceId, within.rows, after?.rows ?? []);
      return problemIf(found, {
        severity: "failure",
        title: "The context does not come and go with the query",
        why: "The next workspace on this connection would work in the one before.",
        mend: [
          "Look for what stands between: a pooler in statement mode, or a driver other than the pinned one (yarn install --immutable).",
        ],
      });
    }),
};

const INVALID_TEXT = "22P02";

/** That the text is no id is the answer that is hoped for; any other error is not. */
function noneIfRefused(error: unknown): string[] {
  if (error instanceof pg.DatabaseError && error.code === INVALID_TEXT) {
    return [];
  }
  throw error;
}

const malformed: Check = {
  id: "live.malformed",
  group: "Live probe",
  title: "A context that is no workspace's id shows nothing",
  scope: "isolation",
  needsTables: true,
  run: async (examination) =>
    withProbe(examination, async (probe) => {
      probe.enter("x' OR true --");
      const shown: string[] = [];
      for (const table of readable(examination)) {
        // One by one: a table that refuses must not speak for one that shows.
        shown.push(
          ...(await tablesThatShow(probe, [table]).catch(noneIfRefused)),
        );
      }
      return problemIf(shown, {
        severity: "failure",
        title: "A malformed context shows rows",
        why: "Whatever reaches the setting decides what is seen.",
        mend: ["Mend the findings on row-level security first."],
      });
    }),
};

export const liveChecks: readonly Check[] = [blind, forgets, malformed];
