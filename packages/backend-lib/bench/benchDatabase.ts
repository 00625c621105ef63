// A database for a benchmark: migrated, empty, its own, gone afterwards. Owns where it comes from (a throw-away Postgres, or the
// server named by BENCH_DATABASE_URL); what is put in it and measured is the benchmarks' business.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { migrate } from "../src/db/migrate";

export type BenchLogin =
  "superuser" | "dittofeed_owner" | "dittofeed_app" | "dittofeed_system";

export interface BenchDatabase {
  /** URL of the database for one of the product's logins, or for the superuser. */
  url(login: BenchLogin): string;
  /** Drops the database and ends its server, if it was started for this. Close your own connections first. */
  stop(): Promise<void>;
}

const SERVER = fileURLToPath(
  new URL("../../../scripts/benchServer.mjs", import.meta.url),
);

function superuserUrlOf(message: unknown): string | undefined {
  return typeof message === "object" &&
    message !== null &&
    "superuserUrl" in message &&
    typeof message.superuserUrl === "string"
    ? message.superuserUrl
    : undefined;
}

async function firstMessage(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () =>
      reject(
        new Error(
          "No Postgres for the benchmark: set BENCH_DATABASE_URL to a superuser's URL on a server without real data.",
        ),
      ),
    );
    child.on("message", (message) => {
      const url = superuserUrlOf(message);
      if (url !== undefined) {
        resolve(url);
      }
    });
  });
}

export interface BenchDatabaseOptions {
  /** Commits reach the disk, as in production. Of a server that was given, what holds there holds. */
  readonly durable?: boolean;
  /** Further settings of a server started for this, as `name=value`. */
  readonly settings?: readonly string[];
}

/**
 * Opens a migrated database of its own. Rejects when there is no Postgres to be had. If this process dies, the database
 * and its server go too.
 */
export async function openBenchDatabase({
  durable = false,
  settings = [],
}: BenchDatabaseOptions = {}): Promise<BenchDatabase> {
  const child = fork(SERVER, [...(durable ? ["--durable"] : []), ...settings], {
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const stop = async () => {
    if (child.connected) {
      child.disconnect();
    }
    await ended;
  };
  try {
    const superuserUrl = await firstMessage(child);
    const url = (login: BenchLogin) => {
      if (login === "superuser") {
        return superuserUrl;
      }
      const named = new URL(superuserUrl);
      named.username = login;
      named.password = login;
      return named.href;
    };
    await migrate({ adminUrl: url("dittofeed_owner") });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
