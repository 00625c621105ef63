// Ways to break the quotas on purpose, each by a small change of one function, so that it can be seen that the stress tells.

import type pg from "pg";

export interface Fault {
  readonly name: string;
  /** A function of the schema "tenancy"; in its source every `from` becomes `to`. */
  readonly change: string;
  readonly from: string;
  readonly to: string;
  /** What the stress has to say of it. */
  readonly told: RegExp;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "a limit is passed by one",
    change: "quota_settle",
    from: "in_use + amount > bound",
    to: "in_use + amount > bound + 1",
    told: /^over: /,
  },
  {
    name: "the last unit is refused",
    change: "quota_settle",
    from: "in_use + amount > bound",
    to: "in_use + amount >= bound",
    told: /^refused with room: /,
  },
  {
    name: "a changed limit leaves the room that was dealt out by the old one",
    change: "quota_void",
    from: '"room" = 0, "poolWorkspaceId"',
    to: '"poolWorkspaceId"',
    told: /^over: /,
  },
  {
    name: "room is dealt out without holding the counter",
    change: "quota_settle",
    from: "slots := tenancy.quota_lock(workspace, resource, at_period, of_pool);",
    to: `INSERT INTO public."WorkspaceUsage" ("workspaceId", "resourceType", "period", "isPool", "slot")
         VALUES (workspace, resource, at_period, of_pool, 0) ON CONFLICT DO NOTHING;
         slots := 1;`,
    told: /^over: /,
  },
  {
    name: "what is taken does not lessen the room",
    change: "quota_take",
    from: " - amount",
    to: "",
    told: /^over: /,
  },
  {
    name: "what is given back is forgotten",
    change: "quota_give_own",
    from: 'u."used" - amount',
    to: 'u."used" - amount + (amount > 1)::integer',
    told: /^drift: /,
  },
];

/** The statement that brings a fault into a database. Throws when the source has changed so that it says nothing. */
export async function sabotageOf(
  client: Pick<pg.Client, "query">,
  { change, from, to }: Fault,
): Promise<string> {
  const found = await client.query<{ source: string }>(
    `SELECT pg_get_functiondef(p.oid) AS source FROM pg_proc AS p
      WHERE p.pronamespace = 'tenancy'::regnamespace AND p.proname = $1`,
    [change],
  );
  const source = found.rows[0]?.source ?? "";
  if (!source.includes(from)) {
    throw new Error(`tenancy.${change} no longer says: ${from}`);
  }
  return source.replaceAll(from, to);
}
