// Checks of what stands between the program and the server: whether there is a pooler, in which mode, and whether the server
// has room for the connections. Owns finding out a pooler's mode from its client's side, which no login may simply ask for.

import pg from "pg";

import { type Check, type Problem, problemIf } from "./check";
import { type Examination } from "./examination";

export type PoolMode = "transaction" | "session";

const ROUNDS = 20; // under load the two do not meet at once
const PATIENCE_MS = 3_000;

/**
 * A pooler in statement mode refuses transactions, which the live probe runs into.
 * Two connections ask by turns which process of the server answers. In transaction mode they share processes, or change
 * them; in session mode each keeps its own, and the second may wait for ever.
 */
export async function poolModeOf(url: string): Promise<PoolMode> {
  const clients = [1, 2].map(
    () =>
      new pg.Client({
        connectionString: url,
        application_name: "dittofeed_doctor",
        connectionTimeoutMillis: PATIENCE_MS,
        query_timeout: PATIENCE_MS,
      }),
  );
  try {
    for (const client of clients) {
      client.on("error", () => undefined);
      await client.connect();
    }
    const seen = clients.map(() => new Set<number>());
    const isOneEach = () =>
      new Set(seen.flatMap((pids) => [...pids])).size === clients.length &&
      seen.every(({ size }) => size === 1);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, client] of clients.entries()) {
        const { rows } = await client.query<{ pid: number }>(
          "SELECT pg_catalog.pg_backend_pid() AS pid",
        );
        rows.forEach(({ pid }) => seen[at]?.add(pid));
      }
      if (!isOneEach()) {
        return "transaction";
      }
    }
    return "session";
  } catch {
    return "session"; // the second got no connection while the first one kept its own
  } finally {
    await Promise.all(
      clients.map((client) => client.end().catch(() => undefined)),
    );
  }
}

const TRANSACTION_MODE =
  "PgBouncer: pool_mode = transaction for this database (and server_reset_query_always = 0); nothing of the product's needs a session.";

function appProblems(mode: PoolMode): Problem[] {
  return problemIf(
    mode === "session"
      ? ["DATABASE_URL leads to a pooler in session mode"]
      : [],
    {
      severity: "warning",
      title: "The pooler is in session mode",
      why: "Each connection of the program keeps one of the server's for as long as it lives: the pooler saves none, and a second process waits for the first one's.",
      mend: [TRANSACTION_MODE],
    },
  );
}

const pooled = ({ logins }: Examination, variable: string) =>
  logins.some((login) => login.variable === variable && login.isPooled);

const mode: Check = {
  id: "pooler.mode",
  group: "Pooling",
  title: "No pooler is between, or one in transaction mode",
  scope: "full",
  needsTables: false,
  run: async (examination) => [
    ...(pooled(examination, "DATABASE_URL")
      ? appProblems(await poolModeOf(examination.urls.app))
      : []),
    ...problemIf(
      pooled(examination, "DATABASE_SYSTEM_URL")
        ? ["DATABASE_SYSTEM_URL leads to a pooler"]
        : [],
      {
        severity: "note",
        title: "The job queue works through a pooler",
        why: "In transaction mode the server's announcements of new jobs do not come through: a job waits until the next look, up to two seconds.",
        mend: [
          "Let DATABASE_SYSTEM_URL lead straight to the server where that matters.",
        ],
      },
    ),
    ...problemIf(
      pooled(examination, "DATABASE_ADMIN_URL")
        ? ["DATABASE_ADMIN_URL leads to a pooler"]
        : [],
      {
        severity: "warning",
        title: "Migrations would go through a pooler",
        why: "Their lock belongs to a session: behind a pooler in transaction mode two migrations may run at once.",
        mend: ["Let DATABASE_ADMIN_URL lead straight to the server."],
      },
    ),
  ],
};

const room: Check = {
  id: "pooler.connections",
  group: "Pooling",
  title: "The server has room for this program's connections",
  scope: "full",
  needsTables: false,
  run: async (examination) => {
    if (pooled(examination, "DATABASE_URL")) {
      return {
        notChecked: "the pooler between decides how many connections there are",
      };
    }
    const { reader, poolMax } = examination;
    const free = reader.maxConnections - reader.reservedConnections;
    return problemIf(
      poolMax > free
        ? [
            `one process may open ${poolMax}, the server gives ${free} to everybody (max_connections = ${reader.maxConnections}, of which ${reader.reservedConnections} are kept for superusers)`,
          ]
        : [],
      {
        severity: "warning",
        title: "The server has less connections than one process may open",
        why: 'Under load requests fail with "too many clients", and so do the administrator\'s own.',
        mend: [
          "Lower DATABASE_POOL_MAX and DATABASE_SYSTEM_POOL_MAX, raise max_connections (restart), or put a pooler in transaction mode between.",
        ],
      },
    );
  },
};

export const poolingChecks: readonly Check[] = [mode, room];
