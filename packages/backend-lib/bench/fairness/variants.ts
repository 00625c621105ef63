// What the fairness benchmark compares: the fair gate, the same pool first come, first served, and a pool for each workspace; and
// the queries that are sent through them.

import {
  type Fairness,
  TenantConnectionPool,
} from "../../src/multitenancy/connectionPool";
import {
  currentTenant,
  runWithTenant,
} from "../../src/multitenancy/tenantContext";

export const READ =
  'SELECT "id", "name" FROM public."Segment" WHERE "workspaceId" = $1 ORDER BY "name" LIMIT 20';
/** Waits in the server, as a query does for a disk, a lock or a replica. */
const WAIT = "SELECT pg_sleep($1::float8 / 1000)";
/** Computes in the server: there are as many of these at once as it has processors, whoever queues them. */
const COMPUTE = "SELECT sum(sqrt(n)) FROM generate_series(1, $1::int) AS n";

export type Profile = "waiting" | "computing";

/** 70 % short, 25 % longer, 5 % long, always in this order, so that every variant gets the same. */
const SIZES = [15, 4, 1, 1, 1, 4, 1, 1, 1, 4, 1, 1, 1, 4, 1, 1, 1, 4, 1, 1];

export function floodQuery(profile: Profile, at: number): [string, number] {
  const size = SIZES[at % SIZES.length] ?? 1;
  return profile === "waiting" ? [WAIT, 40 * size] : [COMPUTE, 2_000 * size];
}

export interface Variant {
  readonly name: string;
  readonly query: (
    workspaceId: string,
    text: string,
    value: unknown,
  ) => Promise<unknown>;
  end(): Promise<void>;
}

function tenantPool(url: string, max: number, fairness?: Fairness) {
  return new TenantConnectionPool({
    connectionString: url,
    max,
    role: "dittofeed_app",
    unitOfWork: () => {
      const context = currentTenant();
      return { workspaceId: context?.workspaceId ?? null, context };
    },
    ...(fairness === undefined ? {} : { fairness }),
  });
}

const ACTOR = { type: "admin", id: "benchmark" } as const;

function asWorkspace<T>(workspaceId: string, work: () => Promise<T>) {
  return runWithTenant({ workspaceId, actor: ACTOR, requestId: "b" }, work);
}

function sharedPool(
  name: string,
  { url, max, fairness }: { url: string; max: number; fairness?: Fairness },
): Variant {
  const pool = tenantPool(url, max, fairness);
  return {
    name,
    query: (workspaceId, text, value) =>
      asWorkspace(workspaceId, () => pool.query(text, [value])),
    end: () => pool.end(),
  };
}

/** As many connections for each workspace as a workspace may use of the shared ones. */
export function poolPerWorkspace(url: string, each: number): Variant {
  const pools = new Map<string, TenantConnectionPool>();
  return {
    name: "pool per workspace",
    query(workspaceId, text, value) {
      const pool = pools.get(workspaceId) ?? tenantPool(url, each);
      pools.set(workspaceId, pool);
      return asWorkspace(workspaceId, () => pool.query(text, [value]));
    },
    async end() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

export const GATE = "fair gate";
export const PLAIN = "plain pool";

/** The two that share `max` connections. */
export const fairGate = (url: string, max: number) =>
  sharedPool(GATE, { url, max, fairness: {} });
export const plainPool = (url: string, max: number) =>
  sharedPool(PLAIN, { url, max });
