// What the requests of the soak do, and how often: everything that an application does to a connection, and everything that
// happens to one. Each ends with the connection going back; the next request, of another workspace, is to find it clean.

import type pg from "pg";
import QueryStream from "pg-query-stream";

import { TenantContextConflict } from "../../../src/multitenancy/tenantContext";
import { copiedLines, copyNothing } from "../copying";
import { READ, type SeenRow, type Session } from "./session";

export interface Operation {
  /** How often, compared with the others. */
  readonly weight: number;
  /** Its connection may be lost under it, and its request fail for that reason. */
  readonly losesConnection?: boolean;
  /** Runs without any context. */
  readonly isBare?: boolean;
  readonly run: (session: Session) => Promise<void>;
}

/** BEGIN, the work, and COMMIT; the connection goes back whatever happens. */
const inTransaction =
  (
    work: (session: Session, client: pg.PoolClient) => Promise<void>,
    end: "COMMIT" | "ROLLBACK" | "nothing" = "COMMIT",
  ) =>
  (session: Session): Promise<void> =>
    session.withClient(async (client) => {
      await client.query("BEGIN");
      await work(session, client);
      if (end !== "nothing") {
        await client.query(end);
        await session.read(client);
      }
    });

const DIVIDE_BY_ZERO = "SELECT 1 / 0";

/** The backend behind a connection in a transaction; outside of one a pooler may take another each time. */
async function backendOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pg_backend_pid() AS pid",
  );
  return rows[0]?.pid ?? 0;
}

/**
 * Has a running statement ended from outside, whichever backend runs it. Only once it sleeps: between the parts of a query that
 * has just arrived, a server takes a request to cancel it for one that came too late, and forgets it.
 */
async function interrupt(
  client: pg.PoolClient,
  session: Session,
  call: "pg_cancel_backend" | "pg_terminate_backend",
  code: string,
): Promise<void> {
  const text = `SELECT pg_sleep(10) /* ${session.requestId} */`;
  let isOver = false;
  const running = session.refused(code, client.query(text)).finally(() => {
    isOver = true;
  });
  const strike = async (): Promise<void> => {
    const { rowCount } = await session.killer.query(
      `SELECT ${call}(pid) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep' AND query = $1`,
      [text],
    );
    return rowCount === 0 && !isOver ? strike() : undefined;
  };
  await Promise.all([running, strike()]);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}

/** Cuts the line on our side, as a network would. */
function cut(client: pg.PoolClient): void {
  const socket = member(member(client, "connection"), "stream");
  const destroy = member(socket, "destroy");
  if (typeof destroy !== "function") {
    throw new Error("node-postgres keeps its socket elsewhere now");
  }
  destroy.call(socket);
}

function stream(client: pg.PoolClient): QueryStream {
  return client.query(new QueryStream(READ, [], { batchSize: 1 }));
}

function isSeenRow(row: unknown): row is SeenRow {
  return (
    typeof member(row, "workspaceId") === "string" &&
    typeof member(row, "request") === "string"
  );
}

const collected = async (rows: AsyncIterable<unknown>): Promise<SeenRow[]> => {
  const seen: SeenRow[] = [];
  for await (const row of rows) {
    if (isSeenRow(row)) {
      seen.push(row);
    }
  }
  return seen;
};

export const OPERATIONS = {
  read: { weight: 430, run: (session) => session.read() },
  write: {
    weight: 90,
    async run(session) {
      await session.write();
      await session.writeForeign();
    },
  },
  empty: { weight: 30, run: (session) => session.empty() },
  noContext: { weight: 60, isBare: true, run: (session) => session.read() },
  noContextWrite: {
    weight: 10,
    isBare: true,
    run: (session) => session.writeForeign(),
  },
  error: {
    weight: 80,
    run: (session) =>
      session.refused("22012", session.pool.query(DIVIDE_BY_ZERO)),
  },
  concurrent: {
    // Asked for now, awaited later and elsewhere: the context is the asker's.
    weight: 30,
    async run(session) {
      const first = session.read();
      const second = new Promise((resolve) => {
        setImmediate(resolve);
      }).then(() => session.read());
      await Promise.all([first, second, session.write()]);
    },
  },
  crossTenant: {
    weight: 30,
    async run(session) {
      await session.across((there) => there.read());
      await session.withClient((client) =>
        // Lent before: bound to where it was lent. (Nobody waits for the pool in here, or all might.)
        session.across(() => session.read(client)),
      );
      await session.read();
      try {
        session.enterUnasked();
        session.leak("entered another workspace unasked");
      } catch (error) {
        if (!(error instanceof TenantContextConflict)) {
          throw error;
        }
      }
    },
  },
  transaction: {
    weight: 70,
    run: inTransaction(async (session, client) => {
      await session.read(client);
      await session.write(client);
    }),
  },
  rolledBack: {
    weight: 20,
    run: inTransaction((session, client) => session.empty(client), "ROLLBACK"),
  },
  errorInTransaction: {
    weight: 40,
    run: inTransaction(async (session, client) => {
      await session.refused("22012", client.query(DIVIDE_BY_ZERO));
      await session.refused("25P02", client.query(READ));
    }, "ROLLBACK"),
  },
  abortedCommit: {
    // COMMIT of a failed transaction is a ROLLBACK, and says so without an error.
    weight: 10,
    run: inTransaction((session, client) =>
      session.refused("22012", client.query(DIVIDE_BY_ZERO)),
    ),
  },
  savepoint: {
    weight: 25,
    run: inTransaction(async (session, client) => {
      await client.query("SAVEPOINT a");
      await session.writeForeign(client);
      await client.query("ROLLBACK TO SAVEPOINT a");
      await session.read(client);
      await client.query("RELEASE SAVEPOINT a");
    }),
  },
  cursor: {
    weight: 10,
    run: inTransaction(async (session, client) => {
      await client.query(`DECLARE soak CURSOR FOR ${READ}`);
      session.lookAtAll(
        (await client.query<SeenRow>("FETCH ALL FROM soak")).rows,
      );
    }),
  },
  stream: {
    weight: 25,
    run: inTransaction(async (session, client) => {
      session.lookAtAll(await collected(stream(client)));
    }),
  },
  streamAbandoned: {
    weight: 4,
    run: inTransaction(async (session, client) => {
      const rows = stream(client);
      const first: IteratorResult<unknown> =
        await rows[Symbol.asyncIterator]().next();
      session.look(isSeenRow(first.value) ? [first.value] : []);
      rows.destroy();
    }, "nothing"),
  },
  copyOut: {
    weight: 20,
    run: inTransaction(async (session, client) => {
      const lines = await copiedLines(client, `COPY (${READ}) TO STDOUT`);
      session.lookAtAll(
        lines.map((line) => {
          const [workspaceId = "", request = ""] = line.split("\t");
          return { workspaceId, request };
        }),
      );
    }),
  },
  copyIn: {
    // Not offered on tables with row-level security, whoever's rows they are.
    weight: 6,
    run: inTransaction(async (session, client) => {
      await session.refused(
        "0A000",
        copyNothing(client, 'COPY public."SubscriptionGroup" FROM STDIN'),
      );
    }, "ROLLBACK"),
  },
  // Given back before the BEGIN was answered, as a deadline around the work does it.
  abandonedEarly: {
    weight: 10,
    losesConnection: true,
    run: async (session) => {
      const begun: Promise<unknown>[] = [];
      await session.withClient(async (client) => {
        begun.push(client.query("BEGIN").catch(() => undefined));
      });
      await Promise.all(begun);
    },
  },
  // The transaction that the end of another one begins is the same workspace's.
  chained: {
    weight: 10,
    run: inTransaction(async (session, client) => {
      await client.query("COMMIT AND CHAIN");
      await session.read(client);
    }),
  },
  abandoned: {
    // Comes back with its transaction open: the pool must not hand it on.
    weight: 5,
    run: inTransaction(async (session, client) => {
      await session.write(client);
    }, "nothing"),
  },
  timeout: {
    weight: 2,
    run: inTransaction(async (session, client) => {
      await client.query("SELECT set_config('statement_timeout', '5', true)");
      await session.refused("57014", client.query("SELECT pg_sleep(10)"));
    }, "ROLLBACK"),
  },
  cancelled: {
    weight: 2,
    run: (session) =>
      session.withClient(async (client) => {
        await interrupt(client, session, "pg_cancel_backend", "57014");
        await session.read(client);
      }),
  },
  killed: {
    weight: 2,
    losesConnection: true,
    run: inTransaction((session, client) =>
      interrupt(client, session, "pg_terminate_backend", "57P01"),
    ),
  },
  killedWhileIdle: {
    weight: 2,
    losesConnection: true,
    run: inTransaction(async (session, client) => {
      const pid = await backendOf(client);
      await session.killer.query("SELECT pg_terminate_backend($1)", [pid]);
      await session.read(client);
      session.leak("went on with a backend that was ended");
    }),
  },
  cut: {
    weight: 2,
    losesConnection: true,
    run: inTransaction(async (session, client) => {
      await session.write(client);
      const inFlight =
        session.random() < 0.5 ? session.read(client) : undefined;
      cut(client);
      await Promise.all([inFlight, session.read(client)]);
      session.leak("went on over a line that was cut");
    }),
  },
} as const satisfies Record<string, Operation>;

export type Kind = keyof typeof OPERATIONS;
