// The soak: many requests of many workspaces over few connections, in a random but repeatable order, with everything going
// wrong in between. Owns the order and the counting; what a request does and sees is in soak/. No test framework here, so that
// it can run for as long as somebody likes.

import pg from "pg";

import { TenantConnectionPool } from "../../src/multitenancy/connectionPool";
import { currentTenant } from "../../src/multitenancy/tenantContext";
import { createRandom } from "../../src/seed/random";
import { type Operation, OPERATIONS } from "./soak/operations";
import { Session } from "./soak/session";

export { OWN_ROWS } from "./soak/session";

export interface SoakOptions {
  /** As the app role, and as the superuser. */
  readonly url: string;
  readonly superuserUrl: string;
  /** Each with OWN_ROWS segments. */
  readonly workspaces: readonly string[];
  readonly operations: number;
  /** The same seed gives the same requests; which of them meet is up to the machine. */
  readonly seed: number;
  readonly connections?: number;
  readonly inFlight?: number;
  /** Called about every ten seconds. */
  readonly onProgress?: (done: number, leaks: number) => void;
}

export interface SoakResult {
  readonly done: Readonly<Record<string, number>>;
  /** Rows and refusals that were looked at. */
  readonly checks: number;
  readonly leaks: readonly string[];
  /** Requests that failed because their connection was taken from them, by kind. */
  readonly lost: Readonly<Record<string, number>>;
  /** Connections open at the end. */
  readonly connections: number;
}

/** What one request asks for at the same time, at most. */
const UNITS_AT_ONCE = 4;
const QUEUE_TIMEOUT_MS = 120_000;
const PROGRESS_MS = 10_000;
/** Enough to see what is wrong. */
const MAX_LEAKS = 100;

const KINDS: readonly (readonly [string, Operation])[] =
  Object.entries(OPERATIONS);
const TOTAL = KINDS.reduce((sum, [, { weight }]) => sum + weight, 0);

function pick(random: () => number): readonly [string, Operation] {
  let left = random() * TOTAL;
  const found = KINDS.find(([, { weight }]) => {
    left -= weight;
    return left < 0;
  });
  return found ?? ["read", OPERATIONS.read];
}

/** True for what a request may be told when its connection is gone, by node-postgres, which has no class for it, or PgBouncer. */
function isLoss(error: unknown): boolean {
  return (
    error instanceof Error &&
    /terminat|Connection|ECONNRESET|EPIPE|not queryable|server conn crashed/i.test(
      error.message,
    )
  );
}

class Tally {
  readonly done = new Map<string, number>();

  readonly lost = new Map<string, number>();

  readonly leaks: string[] = [];

  checks = 0;

  static add(counts: Map<string, number>, kind: string): void {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }

  leak(text: string): void {
    if (this.leaks.length < MAX_LEAKS) {
      this.leaks.push(text);
    }
  }
}

/** One request; resolves when it is over, rejects with what it should not have met. */
async function request(
  [kind, operation]: readonly [string, Operation],
  session: Session,
  tally: Tally,
): Promise<void> {
  try {
    await session.inContext(() => operation.run(session));
  } catch (error) {
    if (operation.losesConnection !== true || !isLoss(error)) {
      throw new Error(`${kind} met what it should not have`, { cause: error });
    }
    Tally.add(tally.lost, kind);
  }
  Tally.add(tally.done, kind);
}

/** Runs the soak to its end. Rejects with the first error that no request should have met; leaks are in the result. */
export async function runSoak({
  url,
  superuserUrl,
  workspaces,
  operations,
  seed,
  connections = 5,
  inFlight = 40,
  onProgress = () => undefined,
}: SoakOptions): Promise<SoakResult> {
  const { fraction: random } = createRandom(seed);
  const tally = new Tally();
  const pool = new TenantConnectionPool({
    connectionString: url,
    max: connections,
    role: "dittofeed_app",
    // Behind the gate, as in production; nobody is turned away, for a refused request would show nothing.
    fairness: {
      queueMaxPerWorkspace: inFlight * UNITS_AT_ONCE,
      queueMax: inFlight * UNITS_AT_ONCE,
      queueTimeoutMs: QUEUE_TIMEOUT_MS,
    },
    unitOfWork: () => {
      const context = currentTenant();
      return { workspaceId: context?.workspaceId ?? null, context };
    },
  });
  const killer = new pg.Pool({ connectionString: superuserUrl, max: 2 });
  const needs = {
    pool,
    killer,
    random,
    onLeak: (text: string) => tally.leak(text),
    onChecked: (count: number) => {
      tally.checks += count;
    },
  };
  let begun = 0;
  let failed = false;
  let reportedAt = performance.now();

  const next = (): Promise<void> => {
    begun += 1;
    const picked = pick(random);
    const at = Math.floor(random() * workspaces.length);
    const session = new Session(
      picked[0],
      picked[1].isBare === true ? null : (workspaces[at] ?? ""),
      workspaces[(at + 1) % workspaces.length] ?? "",
      picked[1].isBare === true ? "" : `soak-${begun}`,
      needs,
    );
    return request(picked, session, tally);
  };
  const worker = async (): Promise<void> => {
    while (begun < operations && !failed) {
      await next();
      if (performance.now() - reportedAt > PROGRESS_MS) {
        reportedAt = performance.now();
        onProgress(begun, tally.leaks.length);
      }
    }
  };

  try {
    const ended = await Promise.allSettled(
      Array.from({ length: inFlight }, () =>
        worker().catch((error: unknown) => {
          failed = true;
          throw error;
        }),
      ),
    );
    const broken = ended.find((each) => each.status === "rejected");
    if (broken !== undefined) {
      throw broken.reason;
    }
    return {
      done: Object.fromEntries(tally.done),
      checks: tally.checks,
      leaks: tally.leaks,
      lost: Object.fromEntries(tally.lost),
      connections: pool.totalCount,
    };
  } finally {
    await Promise.all([pool.end(), killer.end()]);
  }
}
