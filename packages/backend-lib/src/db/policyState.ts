// The tenants' policies as they are in a live database, next to what the register says they should be. Owns reading and
// comparing; leaves the wanted text to policies.ts and changing anything to migrate/reconcile.ts.

import type pg from "pg";

import {
  expectedCondition,
  type PolicyDialect,
  registeredTables,
  type TableEntry,
} from "./policies";

/** A relation of the register, which may be a partition, with its policy `tenant_isolation` as the server spells it. */
interface LiveRelation {
  readonly relation: string;
  readonly table: string;
  readonly using: string | null;
  readonly check: string | null;
}

export interface PolicyDrift {
  /** The table, or one of its partitions. */
  readonly relation: string;
  readonly table: string;
  readonly reason: "missing" | "different";
  /** USING and WITH CHECK as they are; null when there is no such policy for the app role. */
  readonly live: string | null;
  /** What both should be, as the server spells it. */
  readonly expected: string;
  /** The same as SQL of the register. */
  readonly condition: string;
}

/** A policy of another command, kind or role than the register's counts as none. */
const LIVE = `
  SELECT c.relname AS "relation", coalesce(parent.relname, c.relname) AS "table",
         pg_get_expr(policy.polqual, policy.polrelid) AS "using",
         pg_get_expr(policy.polwithcheck, policy.polrelid) AS "check"
    FROM pg_catalog.pg_class AS c
    LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
    LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = i.inhparent
    LEFT JOIN pg_catalog.pg_policy AS policy
           ON policy.polrelid = c.oid AND policy.polname = 'tenant_isolation'
          AND policy.polcmd = '*' AND policy.polpermissive
          AND policy.polroles = ARRAY(SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'dittofeed_app')
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   ORDER BY c.relname`;

function dialectOf(expression: string | null): PolicyDialect | undefined {
  const marks: readonly (readonly [RegExp, PolicyDialect])[] = [
    [/\bsealed_workspace\(\)/, "sealed"],
    [/SELECT current_setting\(/, "plain"],
    [/\bcurrent_setting\(/, "citus"],
  ];
  return marks.find(
    ([mark]) => expression !== null && mark.test(expression),
  )?.[1];
}

/** The dialects that the live policies are written in; empty on a database without any. Any login may ask. */
export async function liveDialects(
  client: Pick<pg.Client, "query">,
): Promise<ReadonlySet<PolicyDialect>> {
  const { rows } = await client.query<LiveRelation>(LIVE);
  return new Set(
    rows.flatMap(({ using, check }) =>
      [using, check].flatMap((expression) => dialectOf(expression) ?? []),
    ),
  );
}

/** The dialect in force: `mixed` in the middle of a change, or when a change broke off; `none` without any policy. */
export async function currentDialect(
  client: Pick<pg.Client, "query">,
): Promise<PolicyDialect | "mixed" | "none"> {
  const [first, ...others] = await liveDialects(client);
  if (first === undefined) {
    return "none";
  }
  return others.length > 0 ? "mixed" : first;
}

/** A relation and the condition that its policy should have, as SQL of the register. */
interface WantedPolicy {
  readonly relation: string;
  readonly table: string;
  readonly condition: string;
  readonly live: string | null;
}

function wantedPolicies(
  live: readonly LiveRelation[],
  dialect: PolicyDialect,
): WantedPolicy[] {
  const entries: ReadonlyMap<string, TableEntry> = new Map(registeredTables());
  return live.flatMap(({ relation, table, using, check }) => {
    const entry = entries.get(table);
    const condition = entry && expectedCondition(relation, entry, dialect);
    if (condition === undefined) {
      return [];
    }
    const asLive = using === check ? using : `${using} / ${check}`;
    return [{ relation, table, condition, live: asLive }];
  });
}

/**
 * A condition as the server spells it, which differs between versions: made a policy of a temporary table of the same
 * shape, and read back. Inside of a transaction that is rolled back.
 */
async function spelled(
  client: Pick<pg.Client, "query">,
  { relation, condition }: WantedPolicy,
): Promise<string> {
  await client.query(
    `CREATE TEMP TABLE "${relation}" (LIKE public."${relation}")`,
  );
  await client.query(
    `CREATE POLICY expected ON pg_temp."${relation}" USING (${condition})`,
  );
  const { rows } = await client.query<{ expression: string }>(
    `SELECT pg_get_expr(polqual, polrelid) AS "expression" FROM pg_catalog.pg_policy
      WHERE polname = 'expected' AND polrelid = to_regclass($1)`,
    [`pg_temp."${relation}"`],
  );
  // Another condition may name a table of this name, and means the real one.
  await client.query(`DROP TABLE pg_temp."${relation}"`);
  return rows.map(({ expression }) => expression).join();
}

/**
 * Every table and partition of the register whose policy for tenants is not exactly that of `dialect`, in order of name.
 * `client` is one connection that is in no transaction, of a login that may make temporary tables; nothing is left behind.
 */
export async function policyDrift(
  client: Pick<pg.Client, "query">,
  dialect: PolicyDialect,
): Promise<PolicyDrift[]> {
  await client.query("BEGIN");
  try {
    // With an empty path the server spells out every schema, so that live and expected can be compared as texts.
    await client.query("SET LOCAL search_path = pg_catalog");
    const { rows } = await client.query<LiveRelation>(LIVE);
    const spellings = new Map<string, string>();
    const found: PolicyDrift[] = [];
    for (const each of wantedPolicies(rows, dialect)) {
      const expected =
        spellings.get(each.condition) ?? (await spelled(client, each));
      spellings.set(each.condition, expected);
      if (each.live !== expected) {
        const reason = each.live === null ? "missing" : "different";
        found.push({ ...each, expected, reason });
      }
    }
    return found;
  } finally {
    await client.query("ROLLBACK");
  }
}
