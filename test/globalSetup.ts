// Starts what the tests talk to, once for a run: a real Postgres with a migrated template database, PgBouncer before it,
// and a real Redis. All are throw-away and end with the run. A test file clones the template; it never shares a database with another.
import "backend-lib/test/provided";

import { chmodSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { migrate } from "backend-lib/src/db/migrate";
import pg from "pg";
import type { TestProject } from "vitest/node";

import { messageOf } from "../scripts/commandLine.mjs";
import { findPgBouncer, startPgBouncer } from "../scripts/pgbouncer.mjs";
import { startPostgres } from "../scripts/postgres.mjs";
import { findPrograms } from "../scripts/postgres/place.mjs";
import { ensureRoles, ROLES } from "../scripts/postgres/roles.mjs";
import { startRedis } from "../scripts/redis.mjs";

const TEMPLATE = "dittofeed_template";

interface TestServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Order: a server named by TEST_DATABASE_URL (superuser), the packaged programs, Docker. */
async function startTestPostgres(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== "") {
    return { url: given, stop: async () => undefined };
  }
  if (findPrograms() !== null) {
    const dataDir = mkdtempSync(path.join(tmpdir(), "dittofeed-test-"));
    chmodSync(dataDir, 0o711); // when we are root, the server's user passes through
    const postgres = await startPostgres({ dataDir, mode: "test" });
    return { url: postgres.adminUrl, stop: postgres.stop };
  }
  try {
    return await startPostgresContainer();
  } catch (error) {
    throw new Error(
      `The tests need Postgres: none is packaged for ${process.platform}-${process.arch}, and Docker cannot start one (${messageOf(error)}). Set TEST_DATABASE_URL to a superuser's URL.`,
      { cause: error },
    );
  }
}

async function startPostgresContainer(): Promise<TestServer> {
  const { GenericContainer, Wait } = await import("testcontainers"); // slow to load: only here
  const container = await new GenericContainer("postgres:18-alpine")
    .withEnvironment({
      POSTGRES_HOST_AUTH_METHOD: "trust",
      POSTGRES_PASSWORD: "postgres",
    })
    .withCommand(["postgres", "-c", "fsync=off", "-c", "max_connections=200"])
    .withExposedPorts(5432)
    // The image starts the server twice: for its own preparation, and then for good.
    .withWaitStrategy(
      Wait.forLogMessage(/database system is ready to accept connections/, 2),
    )
    .start();
  return {
    url: `postgresql://postgres:postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    stop: async () => {
      await container.stop();
    },
  };
}

/** Each role's password is its name: for a server that was given to us; the own one asks the roles for none. */
async function prepareTemplate(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
  await client.end();
  const { owner, app, system } = ROLES;
  await ensureRoles({
    adminUrl,
    database: TEMPLATE,
    passwords: { owner, app, system },
  });
  const ownerUrl = new URL(adminUrl);
  ownerUrl.username = owner;
  ownerUrl.password = owner;
  ownerUrl.pathname = TEMPLATE;
  await migrate({ adminUrl: ownerUrl.href });
  await weaken(adminUrl);
}

/** For scripts/mutants.mjs: applies SQL that the tests of this run are to notice. */
async function weaken(adminUrl: string): Promise<void> {
  const file = process.env.TEST_MUTANT_SQL;
  if (file === undefined) {
    return;
  }
  const url = new URL(adminUrl);
  url.pathname = TEMPLATE;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(readFileSync(file, "utf8"));
  } finally {
    await client.end();
  }
}

/** Without `name` its tests are skipped, and it is said why; on CI that is a failure, for skipped tests prove nothing. */
function doWithout(name: string, missing: string): null {
  const reason = `No ${name} for the tests: ${missing}.`;
  if (process.env.CI === "true") {
    throw new Error(reason);
  }
  process.stderr.write(`${reason} The tests that need one are skipped.\n`);
  return null;
}

async function startTestRedis(): Promise<TestServer | null> {
  const redis = await startRedis();
  return "url" in redis ? redis : doWithout("Redis", redis.missing);
}

interface TestPoolers {
  readonly transaction: TestServer;
  readonly session: TestServer;
}

/** A PgBouncer in either mode, with few connections to the server, so that clients must share them. */
async function startTestPgBouncers(
  serverUrl: string,
): Promise<TestPoolers | null> {
  const program = await findPgBouncer();
  if ("missing" in program) {
    return doWithout("PgBouncer", program.missing);
  }
  const { app, system, owner } = ROLES;
  const options = {
    serverUrl,
    users: { [app]: app, [system]: system, [owner]: owner },
    poolSize: 3,
  };
  const transaction = await startPgBouncer(program, {
    ...options,
    poolMode: "transaction",
  });
  const session = await startPgBouncer(program, {
    ...options,
    poolMode: "session",
  });
  return { transaction, session };
}

function urlsOf(poolers: TestPoolers | null) {
  return poolers === null
    ? null
    : { transaction: poolers.transaction.url, session: poolers.session.url };
}

export default async function setup(
  project: TestProject,
): Promise<() => Promise<void>> {
  const started: TestServer[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const running = startTestPostgres().then((server) => {
    started.push(server);
    return server;
  });
  const [postgres, poolers, redis] = await Promise.allSettled([
    running.then(async (server) => {
      await prepareTemplate(server.url);
      return server;
    }),
    running.then(async ({ url }) => {
      const pair = await startTestPgBouncers(url);
      if (pair !== null) {
        started.push(pair.transaction, pair.session);
      }
      return pair;
    }),
    startTestRedis().then((server) => {
      if (server !== null) {
        started.push(server);
      }
      return server;
    }),
  ]);
  if (postgres.status === "rejected") {
    await stop();
    throw postgres.reason;
  }
  if (poolers.status === "rejected") {
    await stop();
    throw poolers.reason;
  }
  if (redis.status === "rejected") {
    await stop();
    throw redis.reason;
  }
  project.provide("postgresAdminUrl", postgres.value.url);
  project.provide("templateDatabase", TEMPLATE);
  project.provide("pgBouncerUrls", urlsOf(poolers.value));
  project.provide("redisUrl", redis.value?.url ?? null);
  return stop;
}
