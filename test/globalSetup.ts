// Starts what the tests talk to, once for a run: a real Postgres with a migrated template database, and a real Redis.
// Both are throw-away and end with the run. A test file clones the template; it never shares a database with another.
import "backend-lib/test/provided";

import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { migrate } from "backend-lib/src/db/migrate";
import pg from "pg";
import type { TestProject } from "vitest/node";

import { messageOf } from "../scripts/commandLine.mjs";
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
}

/** Redis, or null with the reason shown; on CI its absence is a failure, for skipped tests prove nothing. */
async function startTestRedis(): Promise<TestServer | null> {
  const redis = await startRedis();
  if ("url" in redis) {
    return redis;
  }
  const reason = `No Redis for the tests: ${redis.missing}.`;
  if (process.env.CI === "true") {
    throw new Error(reason);
  }
  process.stderr.write(`${reason} The tests that need one are skipped.\n`);
  return null;
}

export default async function setup(
  project: TestProject,
): Promise<() => Promise<void>> {
  const started: TestServer[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const [postgres, redis] = await Promise.allSettled([
    startTestPostgres().then(async (server) => {
      started.push(server);
      await prepareTemplate(server.url);
      return server;
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
  if (redis.status === "rejected") {
    await stop();
    throw redis.reason;
  }
  project.provide("postgresAdminUrl", postgres.value.url);
  project.provide("templateDatabase", TEMPLATE);
  project.provide("redisUrl", redis.value?.url ?? null);
  return stop;
}
