// The one place that reads the environment. Each property is a variable; its description is its documentation and
// is what `.env.example` and error messages show. The result is a lazy singleton, so importing costs nothing.

import { type Static, Type } from "@sinclair/typebox";

import { parseDefaultQuotas } from "./config/defaultQuotas";
import { ConfigError, type Environment, readConfig } from "./config/loader";
import { parseRedisUrl } from "./config/redisUrl";
import { parseSealKey } from "./config/sealKey";
import { parseWorkspaceTimeouts } from "./config/workspaceTimeouts";

const AUTH_MODES = [
  Type.Literal("anonymous"),
  Type.Literal("single-tenant"),
  Type.Literal("multi-tenant"),
];
const LOG_LEVELS = [
  "fatal",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "silent",
].map((level) => Type.Literal(level));

/** More milliseconds than these make a timer end at once. */
const LONGEST_MS = 2_147_483_647;

export const ConfigSchema = Type.Object({
  nodeEnv: Type.Union(
    [
      Type.Literal("development"),
      Type.Literal("test"),
      Type.Literal("production"),
    ],
    { default: "development", description: "development, test or production" },
  ),
  host: Type.String({
    default: "127.0.0.1",
    description: "address to listen on",
  }),
  port: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65535,
    description: "port to listen on; 0 takes a free one",
  }),
  logLevel: Type.Union(LOG_LEVELS, {
    default: "info",
    description: "fatal, error, warn, info, debug, trace or silent",
  }),
  databaseUrl: Type.Optional(
    Type.String({
      description:
        "Postgres URL of the login that tenant queries use (role dittofeed_app)",
    }),
  ),
  databaseSystemUrl: Type.Optional(
    Type.String({
      description:
        "Postgres URL of the login for the few cross-workspace reads (role dittofeed_system); without it DATABASE_URL, which then must be allowed to SET ROLE",
    }),
  ),
  databaseAdminUrl: Type.Optional(
    Type.String({
      description: "Postgres URL of the owner, for migrations only",
    }),
  ),
  databasePoolMax: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 1000,
    description: "connections for tenant queries, 1 to 1000",
  }),
  databaseSystemPoolMax: Type.Integer({
    default: 4,
    minimum: 1,
    maximum: 1000,
    description: "connections for cross-workspace reads, 1 to 1000",
  }),
  databaseStatementTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 0,
    maximum: LONGEST_MS,
    description:
      "milliseconds after which a statement is cancelled; 0 means never",
  }),
  databaseWorkspaceStatementTimeouts: Type.Optional(
    Type.String({
      description:
        'milliseconds for single workspaces in place of DATABASE_STATEMENT_TIMEOUT_MS, as JSON: {"<workspace id>": 5000}; 0 means never',
    }),
  ),
  databaseWorkspaceConnectionsMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description:
        "connections for tenant queries that one workspace may use while others wait; without it half of DATABASE_POOL_MAX. What nobody waits for it may borrow",
    }),
  ),
  databaseReservedConnections: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1000,
      description:
        "connections for tenant queries that are kept free for workspaces which use none; without it one of every 20, at least one of four or more",
    }),
  ),
  databaseQueueMaxPerWorkspace: Type.Integer({
    default: 1_000,
    minimum: 1,
    description:
      "requests of one workspace that may wait for a database connection; more are answered with 503",
  }),
  databaseQueueMax: Type.Integer({
    default: 10_000,
    minimum: 1,
    description:
      "requests of all workspaces that may wait for a database connection; beyond it each workspace may have one waiting",
  }),
  databaseQueueTimeoutMs: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: LONGEST_MS,
    description:
      "milliseconds that a request waits for its turn at the database; then it is answered with 503",
  }),
  databaseDrainTimeoutMs: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: LONGEST_MS,
    description:
      "milliseconds that queries under way are given when the process stops; then they are cancelled",
  }),
  databaseConnectTimeoutMs: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: LONGEST_MS,
    description: "milliseconds to wait for a new database connection",
  }),
  requireIsolation: Type.Boolean({
    default: false,
    description:
      "true refuses to start on a database that does not keep workspaces apart by itself; `yarn admin doctor` tells why",
  }),
  tenantPolicies: Type.Optional(
    Type.Union(
      [Type.Literal("plain"), Type.Literal("sealed"), Type.Literal("citus")],
      {
        description:
          "how row-level security learns the workspace: plain, sealed (needs CONTEXT_SEAL_KEY) or citus; without it sealed when there is a CONTEXT_SEAL_KEY, else as the database is",
      },
    ),
  ),
  contextSealKey: Type.Optional(
    Type.String({
      minLength: 43,
      description:
        "32 random bytes in base64: seals each statement's workspace, so that injected SQL cannot choose another",
    }),
  ),
  contextSealKeyPrevious: Type.Optional(
    Type.String({
      minLength: 43,
      description:
        "the former CONTEXT_SEAL_KEY, which the database goes on accepting while processes still use it",
    }),
  ),
  redisUrl: Type.Optional(
    Type.String({
      description:
        "Redis URL for the workspace cache, redis://:password@host:6379 (rediss: with TLS); several hosts with commas between them, or ?cluster=true after one, mean a Redis Cluster. Without it each process keeps a cache of its own",
    }),
  ),
  databaseListenUrl: Type.Optional(
    Type.String({
      description:
        "Postgres URL on which the workspace cache hears of changes, if the other URLs lead to a pooler in transaction mode: the database itself; by default DATABASE_SYSTEM_URL",
    }),
  ),
  tenantCacheTtlSeconds: Type.Integer({
    default: 300,
    minimum: 0,
    maximum: 86_400,
    env: "TENANT_CACHE_TTL",
    description:
      "seconds that a value may live in the workspace cache, at most a day; 0 turns the cache off",
  }),
  tenantCacheRedisDeadlineMs: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: LONGEST_MS,
    description:
      "milliseconds that the workspace cache waits for an answer of Redis; then it does without, and asks no more until Redis answers again",
  }),
  tenantCacheMaxBytes: Type.Integer({
    default: 67_108_864,
    minimum: 0,
    description:
      "bytes that the workspace cache may keep in this process; the workspace that keeps most makes room",
  }),
  authMode: Type.Union(AUTH_MODES, {
    default: "anonymous",
    description: "anonymous, single-tenant or multi-tenant",
  }),
  allowAnonymousRemote: Type.Boolean({
    default: false,
    description:
      "true lets anonymous mode listen on an address other than loopback",
  }),
  password: Type.Optional(
    Type.String({
      minLength: 8,
      description: "password of single-tenant mode, 8 characters or more",
    }),
  ),
  secretKey: Type.Optional(
    Type.String({
      minLength: 43,
      description: "32 random bytes in base64: signs session cookies",
    }),
  ),
  sessionCookieSecure: Type.Boolean({
    default: false,
    description: "true sends session cookies over HTTPS only",
  }),
  authProvider: Type.Optional(
    Type.String({
      description:
        "name of the identity provider, kept with each member's account",
    }),
  ),
  jwtSecret: Type.Optional(
    Type.String({
      minLength: 32,
      description: "shared secret of HS256 tokens, 32 characters or more",
    }),
  ),
  jwksUrl: Type.Optional(
    Type.String({
      description: "URL of the provider's keys, for RS256 and ES256 tokens",
    }),
  ),
  jwtIssuer: Type.Optional(
    Type.String({ description: "required `iss` of tokens" }),
  ),
  jwtAudience: Type.Optional(
    Type.String({ description: "required `aud` of tokens" }),
  ),
  apiBodyLimitBytes: Type.Integer({
    default: 5 * 1024 * 1024,
    minimum: 1024,
    env: "API_BODY_LIMIT",
    description: "largest request body in bytes",
  }),
  trustProxy: Type.Boolean({
    default: false,
    description: "true takes the client's address from X-Forwarded-For",
  }),
  webhookAllowPrivateAddresses: Type.Boolean({
    default: false,
    description:
      "true lets webhooks reach private and loopback addresses, and with them whatever listens in this network: for development alone",
  }),
  smtpAllowPrivateAddresses: Type.Boolean({
    default: false,
    description:
      "true lets workspaces send e-mail through mail servers at private and loopback addresses",
  }),
  subscriptionPageUrl: Type.Optional(
    Type.String({
      pattern: "^https?://[a-zA-Z0-9]",
      description:
        "URL of the page on which users change their subscriptions: {% unsubscribe_link %} links to it. Without it the tag's words are plain text",
    }),
  ),
  quotaHeldEventsMax: Type.Integer({
    default: 100_000,
    minimum: 0,
    description:
      "events of one workspace that may wait for room when it is over a quota; more are dropped and counted",
  }),
  quotaHeldEventsMaxDays: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 3650,
    description:
      "days that an event may wait for room; then it is dropped and counted",
  }),
  appVersion: Type.String({
    default: "0.1.0",
    description: "version shown by GET /api",
  }),
  defaultWorkspaceQuotas: Type.Optional(
    Type.String({
      description:
        'limits of workspaces that have none of their own, as JSON of the fields that differ from the built-in ones: {"maxSegments": 20, "maxUsers": null}; null means unlimited. Written into the database at start-up: give every process the same',
    }),
  ),
  seedDemo: Type.Boolean({
    default: true,
    description: "false leaves an empty database empty",
  }),
  enableWorker: Type.Boolean({
    default: true,
    description: "false leaves the jobs to another process",
  }),
});
export type Config = Static<typeof ConfigSchema>;

/** Reads and checks `env`; throws ConfigError naming every bad variable, also those that only clash with another. */
export function loadConfig(env: Environment): Config {
  const loaded = readConfig(ConfigSchema, env);
  const problems: string[] = [];
  if (loaded.authMode === "multi-tenant") {
    if (loaded.authProvider === undefined) {
      problems.push("AUTH_PROVIDER is required when AUTH_MODE is multi-tenant");
    }
    if ((loaded.jwtSecret === undefined) === (loaded.jwksUrl === undefined)) {
      problems.push(
        "AUTH_MODE multi-tenant needs either JWT_SECRET or JWKS_URL, and not both",
      );
    }
  }
  if (loaded.authMode === "single-tenant") {
    if (loaded.password === undefined) {
      problems.push("PASSWORD is required when AUTH_MODE is single-tenant");
    }
    if (loaded.secretKey === undefined) {
      problems.push("SECRET_KEY is required when AUTH_MODE is single-tenant");
    }
  }
  if (
    loaded.authMode === "anonymous" &&
    !isLoopback(loaded.host) &&
    !loaded.allowAnonymousRemote
  ) {
    problems.push(
      `HOST ${loaded.host} would let anyone in: choose another AUTH_MODE, listen on 127.0.0.1, or say ALLOW_ANONYMOUS_REMOTE=true`,
    );
  }
  problems.push(...sealProblems(loaded));
  parseDefaultQuotas(loaded).mapErr((found) => problems.push(...found));
  if (loaded.redisUrl !== undefined) {
    parseRedisUrl(loaded.redisUrl).mapErr((found) =>
      problems.push(`REDIS_URL ${found}`),
    );
  }
  if (parseWorkspaceTimeouts(loaded) === undefined) {
    problems.push(
      'DATABASE_WORKSPACE_STATEMENT_TIMEOUTS is not JSON of workspace ids and milliseconds: write it like {"8d7e0f0a-4c55-4d0f-9a53-0c2f0b1d6a11": 5000}',
    );
  }
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  return loaded;
}

function sealProblems(loaded: Config): string[] {
  const { tenantPolicies, contextSealKey, contextSealKeyPrevious } = loaded;
  const problems: string[] = [];
  for (const [name, value] of [
    ["CONTEXT_SEAL_KEY", contextSealKey],
    ["CONTEXT_SEAL_KEY_PREVIOUS", contextSealKeyPrevious],
  ] as const) {
    if (value !== undefined && parseSealKey(value) === undefined) {
      problems.push(
        `${name} is not 32 bytes in base64: make one with \`openssl rand -base64 32\``,
      );
    }
  }
  if (contextSealKey === undefined) {
    if (tenantPolicies === "sealed") {
      problems.push(
        "CONTEXT_SEAL_KEY is required when TENANT_POLICIES is sealed",
      );
    }
    if (contextSealKeyPrevious !== undefined) {
      problems.push(
        "CONTEXT_SEAL_KEY_PREVIOUS is of use only beside CONTEXT_SEAL_KEY",
      );
    }
  } else if (tenantPolicies === "citus") {
    problems.push(
      "CONTEXT_SEAL_KEY has no effect when TENANT_POLICIES is citus: Citus's workers cannot check a seal, so leave it out",
    );
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)
  );
}

let current: Config | undefined;

/** The configuration of this process, read from the environment at the first call. */
export function config(): Config {
  current ??= loadConfig(process.env);
  return current;
}
