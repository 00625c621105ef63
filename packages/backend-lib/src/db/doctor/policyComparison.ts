// The policies as they are beside those that the register asks for, in whatever dialect is in force. Owns reading and
// pairing them; leaves judging to policyChecks.ts.

import { expectedCondition, type PolicyDialect } from "../policies";
import { configuredPolicies } from "../sealKeys";
import { oncePer } from "./check";
import { type Examination, type GuardedTable } from "./examination";

export interface LivePolicy {
  relation: string;
  policy: string;
  isPermissive: boolean;
  command: string;
  roles: string[];
  using: string | null;
  check: string | null;
}

const POLICIES = `
  SELECT c.relname::text AS "relation", p.polname::text AS "policy", p.polpermissive AS "isPermissive",
         p.polcmd::text AS "command",
         ARRAY(SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(role) END::text
                 FROM unnest(p.polroles) AS role ORDER BY 1) AS "roles",
         pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS "using",
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
    FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
   WHERE p.polrelid = ANY ($1::oid[])`;

const livePolicies = (examination: Examination) =>
  examination.query<LivePolicy>(POLICIES, [
    examination.guarded.map(({ oid }) => oid),
  ]);

/**
 * The same text for a condition of ours and for how any version of the server writes it out: without the casts, aliases
 * and brackets that it adds. No other condition with these names in this order could be meant.
 */
export function canonical(expression: string): string {
  return expression
    .replaceAll(/::text\b/g, "")
    .replaceAll(/\bAS (?:current_setting|sealed_workspace)\b/gi, "")
    .replaceAll(/\bAS\b/gi, "")
    .replaceAll(/[\s()]/g, "")
    .replaceAll(/"([^"]*)"|[^"]+/g, (part: string, quoted?: string) =>
      quoted === undefined ? part.toLowerCase() : quoted,
    );
}

export interface Expected {
  readonly relation: GuardedTable;
  readonly policy: string;
  readonly role: string;
  readonly condition: string;
}

function expectedPolicies(
  relation: GuardedTable,
  dialect: PolicyDialect,
): Expected[] {
  const condition = expectedCondition(relation.name, relation.entry, dialect);
  return [
    ...(condition === undefined
      ? []
      : [
          {
            relation,
            policy: "tenant_isolation",
            role: "dittofeed_app",
            condition,
          },
        ]),
    ...["system", "owner"].map((side) => ({
      relation,
      policy: `${side}_all`,
      role: `dittofeed_${side}`,
      condition: "true",
    })),
  ];
}

const DIALECTS: readonly PolicyDialect[] = ["plain", "sealed", "citus"];

/** The dialect that the settings ask for; else the one that most policies are written in. */
export function dialectInForce(
  guarded: readonly GuardedTable[],
  live: readonly LivePolicy[],
): PolicyDialect {
  const texts = new Map(
    live
      .filter(({ policy }) => policy === "tenant_isolation")
      .map(({ relation, using }) => [relation, canonical(using ?? "")]),
  );
  const votes = (dialect: PolicyDialect) =>
    guarded.filter((table) => {
      const condition = expectedCondition(table.name, table.entry, dialect);
      return (
        condition !== undefined &&
        texts.get(table.name) === canonical(condition)
      );
    }).length;
  const [most = "plain"] = [...DIALECTS].sort((a, b) => votes(b) - votes(a));
  return configuredPolicies().dialect ?? most;
}

interface Compared {
  readonly expected: Expected;
  readonly live: LivePolicy | undefined;
}

interface Comparison {
  readonly dialect: PolicyDialect;
  readonly compared: readonly Compared[];
  readonly live: readonly LivePolicy[];
}

/** Every policy that there should be with the one that there is; and all that there are. */
export const compare = oncePer(async (examination): Promise<Comparison> => {
  const live = await livePolicies(examination);
  const dialect = dialectInForce(examination.guarded, live);
  const byName = new Map(
    live.map((each) => [`${each.relation} ${each.policy}`, each]),
  );
  const compared = examination.guarded
    .flatMap((table) => expectedPolicies(table, dialect))
    .map((expected) => ({
      expected,
      live: byName.get(`${expected.relation.name} ${expected.policy}`),
    }));
  return { dialect, compared, live };
});
