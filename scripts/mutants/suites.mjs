// The suites that have to catch a mutant, by short names. A mutant names those that look where it weakens; they are
// run in that order until one of them fails.

/**
 * @typedef {"matrix" | "catalog" | "channels" | "sealed" | "boundary" | "gate" | "pool" | "soak" | "systemRole" | "api" | "access" | "keys" | "partitions" | "replies" | "worker" | "migrations" | "quotas" | "quotaRights" | "backfill" | "cacheTriggers" | "cachePlaces" | "cacheReads" | "cacheTurns"} SuiteName
 */

/** @type {Record<SuiteName, readonly string[]>} files, or beginnings of their paths */
export const SUITES = {
  matrix: ["packages/backend-lib/test/security/tenantIsolation.test.ts"],
  catalog: [
    "packages/backend-lib/test/security/catalog.test.ts",
    "packages/backend-lib/src/db/__tests__/register.test.ts",
  ],
  channels: [
    "packages/backend-lib/test/security/sideChannels",
    "packages/backend-lib/src/db/__tests__/references.test.ts",
  ],
  boundary: [
    "packages/backend-lib/src/multitenancy/__tests__/connectionPool.test.ts",
    "packages/backend-lib/src/multitenancy/tenantContext.test.ts",
    "packages/backend-lib/src/__tests__/db.test.ts",
  ],
  gate: ["packages/backend-lib/src/multitenancy/connectionPool/"],
  pool: ["packages/backend-lib/src/multitenancy/__tests__/fairPool.test.ts"],
  sealed: [
    "packages/backend-lib/src/multitenancy/contextSeal.test.ts",
    "packages/backend-lib/test/security/sealedContext.test.ts",
    "packages/backend-lib/test/security/policyDialects.test.ts",
  ],
  soak: ["packages/backend-lib/test/security/interleaving.test.ts"],
  systemRole: ["packages/backend-lib/test/security/systemRole.test.ts"],
  api: ["packages/api/test/security/"],
  access: [
    "packages/api/src/buildApp/__tests__/multiTenant.test.ts",
    "packages/api/src/buildApp/__tests__/adminApi",
    "packages/api/src/buildApp/__tests__/writeKey.test.ts",
    "packages/api/src/workspace.test.ts",
  ],
  keys: ["packages/backend-lib/src/__tests__/keys.test.ts"],
  partitions: ["packages/backend-lib/src/__tests__/partitions.test.ts"],
  replies: ["packages/api/src/buildApp/errorReply.test.ts"],
  worker: [
    "packages/worker/src/__tests__/tenantJobs.test.ts",
    "packages/worker/src/__tests__/turns.test.ts",
  ],
  migrations: ["packages/backend-lib/src/db/__tests__/migrate.test.ts"],
  quotas: [
    "packages/backend-lib/src/multitenancy/__tests__/resourceQuotas",
    "packages/backend-lib/src/multitenancy/__tests__/quotaSlots.test.ts",
  ],
  quotaRights: [
    "packages/backend-lib/test/security/quotaFunctions.test.ts",
    "packages/backend-lib/test/security/quotaRights.test.ts",
  ],
  cacheTriggers: [
    "packages/backend-lib/src/multitenancy/cache/__tests__/cacheTriggers.test.ts",
    "packages/backend-lib/src/multitenancy/cache/__tests__/cacheGenerations.test.ts",
  ],
  cachePlaces: [
    "packages/backend-lib/src/multitenancy/cache/firstTier",
    "packages/backend-lib/src/multitenancy/cache/cacheKey",
    "packages/backend-lib/src/multitenancy/cache/sharedValue",
    "packages/backend-lib/src/multitenancy/cache/books",
  ],
  cacheReads: [
    "packages/backend-lib/src/multitenancy/__tests__/tenantCache.test.ts",
  ],
  cacheTurns: [
    "packages/backend-lib/src/multitenancy/cache/__tests__/generations.test.ts",
  ],
  backfill: ["packages/backend-lib/src/db/__tests__/quotaBackfill.test.ts"],
};
