// The contexts of the matrix: which login asks, and what it says of its workspace. Owns the connections, and that no verb finds
// what another did: each is rolled back. What a unit of work leaves to the next is the soak's business.

import pg from "pg";

import { TenantConnectionPool } from "../../../src/multitenancy/connectionPool";
import { type Login, type TenantEnv } from "../../tenantEnv";
import { type Subject } from "./subject";
import {
  type Outcome,
  outcomeOf,
  rightWorkspace,
  type Standing,
  type Verb,
} from "./verb";

type Says = "right" | "wrong" | "none" | "malformed";

export interface Context extends Standing {
  readonly name: string;
  /** What comes of the verbs on the subject here, by the verb's name. */
  attempt(
    verbs: readonly Verb[],
    subject: Subject,
  ): Promise<[string, Outcome][]>;
}

const SIGHTS = {
  right: "home",
  wrong: "away",
  none: "nothing",
  malformed: "error",
} as const;

function workspaceSaid(
  says: Says,
  { workspaces }: Subject,
  right: "home" | "fresh",
): string {
  switch (says) {
    case "right":
      return workspaces[right];
    case "wrong":
      return workspaces.away;
    case "none":
      return "";
    case "malformed":
      return "not-a-uuid";
  }
}

/** Tries the verbs in one transaction of the pool's; each finds what the one before it found. */
async function tryOn(
  pool: pg.Pool,
  verbs: readonly Verb[],
  subject: Subject,
): Promise<[string, Outcome][]> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SAVEPOINT untouched");
    const outcomes: [string, Outcome][] = [];
    for (const verb of verbs) {
      outcomes.push([verb.name, await outcomeOf(verb.run(client, subject))]);
      await client.query("ROLLBACK TO SAVEPOINT untouched");
    }
    await client.query("ROLLBACK");
    return outcomes;
  } finally {
    client.release();
  }
}

/** Every context, and how to end their connections. */
export function openContexts(env: TenantEnv): {
  readonly contexts: readonly Context[];
  readonly close: () => Promise<void>;
} {
  let workspaceId = "";
  const pools: pg.Pool[] = [];
  const tenantPool = (
    login: Login | "superuser",
    role: "dittofeed_app" | "dittofeed_system",
  ) => {
    const pool = new TenantConnectionPool({
      connectionString: env.url(login),
      max: 1,
      role,
      unitOfWork: () => ({ workspaceId, context: undefined }),
    });
    pools.push(pool);
    return pool;
  };
  const said = (
    login: string,
    pool: pg.Pool,
    says: Says,
    standing: Standing,
  ): Context => ({
    ...standing,
    name: `${says} context, ${login}`,
    async attempt(verbs, subject) {
      const outcomes: [string, Outcome][] = [];
      for (const right of ["home", "fresh"] as const) {
        workspaceId = workspaceSaid(says, subject, right);
        const these = verbs.filter((verb) => rightWorkspace(verb) === right);
        outcomes.push(...(await tryOn(pool, these, subject)));
      }
      return outcomes;
    },
  });
  const bare = new pg.Pool({
    connectionString: env.url("dittofeed_app"),
    max: 1,
    options: "-c TimeZone=UTC",
  });
  pools.push(bare);
  const asApp = (login: string, pool: pg.Pool) =>
    (["right", "wrong", "none", "malformed"] as const).map((says) =>
      said(login, pool, says, { sight: SIGHTS[says], isApp: true }),
    );
  const asSystem = { sight: "everything", isApp: false } as const;
  return {
    contexts: [
      ...asApp("app login", tenantPool("dittofeed_app", "dittofeed_app")),
      ...asApp("superuser's login", tenantPool("superuser", "dittofeed_app")),
      {
        name: "app login that never heard of contexts",
        sight: "nothing",
        isApp: true,
        attempt: (verbs, subject) => tryOn(bare, verbs, subject),
      },
      said(
        "system login",
        tenantPool("dittofeed_system", "dittofeed_system"),
        "none",
        asSystem,
      ),
      said(
        "system role of the superuser's login",
        tenantPool("superuser", "dittofeed_system"),
        "none",
        asSystem,
      ),
    ],
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}
