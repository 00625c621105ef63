// One process of the stress: many connections, each with one transaction after the other, until its share is done or somebody
// kills it. Sends home what was refused and what became of the rest; stress.ts judges.

import process from "node:process";

import pg from "pg";

import { seeded } from "../../bench/seeded";
import { parseLsn } from "../commitLog";
import {
  APP,
  drawOperation,
  type Operation,
  Own,
  SYSTEM,
  type Turn,
} from "./operations";
import type { Refusal } from "./refusals";
import { ALL } from "./world";

export interface Work {
  readonly appUrl: string;
  readonly systemUrl: string;
  readonly seed: number;
  readonly operations: number;
  readonly connections: number;
}

/** What the transactions since the last report came to. */
export interface Report {
  readonly refusals: readonly Refusal[];
  /** By name of the operation and by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly done: number;
}

/** What may happen to a transaction here; anything else is a fault. */
const OUTCOMES: Readonly<Record<string, string>> = {
  QT429: "refused",
  "40P01": "deadlock",
  "40001": "serialization failure",
  "23503": "workspace gone",
  "57P01": "killed",
};

let refusals: Refusal[] = [];
let outcomes = new Map<string, number>();
let done = 0;

const count = (name: string) =>
  outcomes.set(name, (outcomes.get(name) ?? 0) + 1);

/** Resolves when it is on its way. */
async function report(): Promise<void> {
  const told = { refusals, outcomes, done } satisfies Report;
  refusals = [];
  outcomes = new Map();
  done = 0;
  await new Promise<void>((resolve) => {
    process.send?.(told, undefined, undefined, () => resolve());
  });
}

async function endOfLog(client: pg.Client, first: string): Promise<bigint> {
  const results: unknown = await client.query(
    `${first}; SELECT pg_current_wal_insert_lsn()::text AS lsn`,
  );
  const last: unknown = Array.isArray(results) ? results.at(-1) : results;
  const rows: unknown =
    typeof last === "object" && last !== null && "rows" in last
      ? last.rows
      : [];
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  return typeof row === "object" && row !== null && "lsn" in row
    ? parseLsn(String(row.lsn))
    : 0n;
}

/** The refusal as the database tells it. */
function refusalOf(
  error: pg.DatabaseError,
  workspaceId: string,
  between: Pick<Refusal, "own" | "from" | "to">,
): Refusal {
  const detail: unknown = JSON.parse(error.detail ?? "{}");
  const of = (name: string): unknown =>
    typeof detail === "object" && detail !== null
      ? Object.getOwnPropertyDescriptor(detail, name)?.value
      : undefined;
  return {
    workspaceId,
    resource: String(of("resourceType")),
    scope: of("scope") === "pool" ? "pool" : "workspace",
    requested: Number(of("requested")),
    currentUsage: Number(of("currentUsage")),
    limit: Number(of("limit")),
    ...between,
  };
}

class Connection {
  private client: pg.Client | undefined;

  constructor(
    private readonly url: string,
    private readonly operations: readonly Operation[],
    private readonly draw: (below: number) => number,
  ) {}

  /** One transaction. */
  async turn(): Promise<void> {
    const operation = drawOperation(this.operations, this.draw);
    const workspaceId = ALL[this.draw(ALL.length)] ?? "";
    const own = new Own();
    let from = 0n;
    try {
      const client = await this.open();
      from = await endOfLog(
        client,
        `BEGIN; SELECT set_config('app.current_workspace_id', '${workspaceId}', true)`,
      );
      const partials: (readonly [number, number])[] = [];
      const partial = (requested: number, granted: number) => {
        partials.push([requested, granted]);
      };
      const turn: Turn = { client, workspaceId, draw: this.draw, own, partial };
      await operation.run(turn);
      await client.query("COMMIT");
      if (partials.length > 0) {
        const to = await endOfLog(client, "SELECT 1");
        partials.forEach(([requested, granted]) =>
          refusals.push({
            ...{ workspaceId, resource: "messages", scope: "workspace" },
            ...{ requested, granted, currentUsage: 0, limit: 0 },
            ...{ own: [0, 0], from, to },
          }),
        );
      }
      count(`${operation.name}: done`);
    } catch (error) {
      await this.after(operation, error, { workspaceId, own, from });
    }
  }

  async end(): Promise<void> {
    await this.client?.end();
  }

  private async open(): Promise<pg.Client> {
    if (this.client === undefined) {
      const client = new pg.Client({ connectionString: this.url });
      client.on("error", () => {
        // What a former one says late is not of the one in use.
        if (this.client === client) {
          this.client = undefined;
        }
      });
      await client.connect();
      this.client = client;
    }
    return this.client;
  }

  private async after(
    { name }: Operation,
    error: unknown,
    {
      workspaceId,
      own,
      from,
    }: { workspaceId: string; own: Turn["own"]; from: bigint },
  ): Promise<void> {
    try {
      if (this.client === undefined) {
        count(`${name}: killed`);
        return;
      }
      const to = await endOfLog(this.client, "ROLLBACK");
      if (error instanceof pg.DatabaseError) {
        const outcome = OUTCOMES[error.code ?? ""];
        count(`${name}: ${outcome ?? `FAULT ${error.code} ${error.message}`}`);
        if (error.code === "QT429") {
          // Bytes are taken by several triggers of one statement, and some are given back.
          const slack = error.message.startsWith("storage") ? 600 : 0;
          const between = {
            own: [own.least - slack, own.most + slack],
            ...{ from, to },
          } as const;
          // A statement over many workspaces is refused for one that it does not name: those are judged by the log alone.
          if (!["bulk", "move segments", "make a workspace"].includes(name)) {
            refusals.push(refusalOf(error, workspaceId, between));
          }
        }
      } else {
        count(`${name}: rolled back`);
      }
    } catch {
      this.client = undefined;
      count(`${name}: killed`);
    }
  }
}

async function work({
  appUrl,
  systemUrl,
  seed,
  operations,
  connections,
}: Work) {
  let left = operations;
  const reporting = setInterval(() => {
    void report();
  }, 250);
  const system = Math.max(1, Math.floor(connections / 10));
  const all = Array.from({ length: connections }, (_, at) => {
    const random = seeded(seed * 1_000 + at);
    const draw = (below: number) => Math.floor(random() * below);
    return at < system
      ? new Connection(systemUrl, SYSTEM, draw)
      : new Connection(appUrl, APP, draw);
  });
  await Promise.all(
    all.map(async (connection) => {
      while (left > 0) {
        left -= 1;
        await connection.turn();
        done += 1;
      }
      await connection.end();
    }),
  );
  clearInterval(reporting);
  await report();
  process.exit(0); // a connection that was lost on the way keeps nobody waiting
}

process.once("message", (message: Work) => {
  work(message).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
