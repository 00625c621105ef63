// Side channels of the quotas: their functions work with the owner's rights, and so past every policy. Who may call which is
// held against the catalog; each that the app may call is tried with another workspace's ids, in the plain and the sealed
// dialect. What the app role may write of them, and what a refusal tells: quotaRights.test.ts.

import { randomBytes, randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseSealKey } from "../../src/config/sealKey";
import { migrate } from "../../src/db/migrate";
import { type PolicyDialect } from "../../src/db/policies";
import { createSealer } from "../../src/multitenancy/contextSeal";
import {
  asApp,
  DENIED,
  outcomeOf,
  setQuota,
  type Settings,
} from "../quotaSideChannel";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();

const key = parseSealKey(randomBytes(32).toString("base64"));
if (key === undefined) {
  throw new Error("32 random bytes are a key");
}
const seal = createSealer(key);

const contextOf = (workspaceId: string, sealOf = workspaceId): Settings => ({
  "app.current_workspace_id": workspaceId,
  "app.context_seal": seal(sealOf),
});

const RESERVE =
  "SELECT * FROM tenancy.quota_reserve($1, 'users', 1, false, $2, '1 hour')";
const END = "SELECT * FROM tenancy.quota_end_reservation($1, $2, $3)";
const CONSUME =
  "SELECT tenancy.quota_consume($1, 'messages', 3, true) AS taken";
const STATES = "SELECT * FROM tenancy.quota_states()";

/** A reservation of the workspace's own, committed by the app in its own context. */
async function reservationOf(workspaceId: string): Promise<string> {
  const { rows } = await env.owner.query<{ id: string }>(
    `INSERT INTO public."QuotaReservation" ("workspaceId", "resourceType", "period", "key", "requested", "granted", "expiresAt")
     VALUES ($1, 'users', '-infinity', 'their key', 2, 2, now() + interval '1 hour') RETURNING "id"`,
    [workspaceId],
  );
  return rows[0]?.id ?? "";
}

/** Everything that the quotas have noted of a workspace. */
async function standing(workspaceId: string): Promise<unknown> {
  const { rows } = await env.owner.query(
    `SELECT (SELECT json_agg(u ORDER BY u."resourceType", u."slot") FROM public."WorkspaceUsage" AS u WHERE u."workspaceId" = $1) AS usage,
            (SELECT json_agg(r ORDER BY r."id") FROM public."QuotaReservation" AS r WHERE r."workspaceId" = $1) AS reservations`,
    [workspaceId],
  );
  return rows[0];
}

describe("who may call what", () => {
  /** Every function of ours that is not a trigger's, with the serving roles that may call it. */
  const CALLABLE = `
    SELECT p.oid::regprocedure::text AS "function",
           ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
                  WHERE r.rolname IN ('dittofeed_app', 'dittofeed_system')
                    AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1) AS "callers",
           EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
                    WHERE acl.grantee = 0) AS "isPublic"
      FROM pg_catalog.pg_proc AS p
     WHERE p.pronamespace = 'tenancy'::regnamespace
       AND p.prorettype <> ALL (ARRAY['pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype])
       AND (p.proname ~ '^(quota|count)_' OR p.prosrc ~ 'quota_|Quota|WorkspaceUsage' OR p.proname IN ('own_workspace', 'month_of'))
     ORDER BY 1`;

  const BOTH = ["dittofeed_app", "dittofeed_system"];
  const MEANT: Readonly<Record<string, readonly string[]>> = {
    "tenancy.month_of(timestamp with time zone)": BOTH,
    "tenancy.own_workspace()": BOTH,
    "tenancy.quota_consume(uuid,text,bigint,boolean)": BOTH,
    "tenancy.quota_end_reservation(uuid,uuid,bigint)": BOTH,
    "tenancy.quota_now()": BOTH,
    "tenancy.quota_reserve(uuid,text,bigint,boolean,text,interval)": BOTH,
    "tenancy.quota_states()": BOTH,
    "tenancy.quota_reconcile(uuid,text)": ["dittofeed_system"],
    "tenancy.quota_reconcile_pool(uuid,text)": ["dittofeed_system"],
    "tenancy.quota_sample()": ["dittofeed_system"],
    "tenancy.quota_states_of(uuid)": ["dittofeed_system"],
    "tenancy.quota_upkeep()": ["dittofeed_system"],
  };

  it("is what is listed here, function by function, and PUBLIC may call none", async () => {
    const { rows } = await env.owner.query<{
      function: string;
      callers: string[];
      isPublic: boolean;
    }>(CALLABLE);
    expect(
      Object.fromEntries(
        rows.flatMap(({ function: name, callers }) =>
          callers.length === 0 ? [] : [[name, callers]],
        ),
      ),
    ).toEqual(MEANT);
    expect(rows.filter(({ isPublic }) => isPublic)).toEqual([]);
    // The internals are among those that were looked at.
    expect(rows.map((row) => row.function).join()).toMatch(
      /quota_give\(.*quota_lock\(.*quota_settle\(.*quota_take\(.*quota_void\(/,
    );
  });

  it("leaves every internal that changes a counter to the owner", async () => {
    const mine = await env.createWorkspace();
    for (const call of [
      "tenancy.quota_take($1, 'users', '-infinity', false, 1)",
      "tenancy.quota_give($1, 'users', '-infinity', false, 1)",
      "tenancy.quota_give_own($1, 'users', '-infinity', false, 1)",
      "tenancy.quota_settle($1, 'users', '-infinity', false, 0, true, false)",
      "tenancy.quota_lock($1, 'users', '-infinity', false)",
      "tenancy.quota_void($1, 'users')",
      "tenancy.quota_void_children($1, 'users')",
      "tenancy.quota_limits($1, NULL)",
      "tenancy.quota_states_of($1)",
      "tenancy.quota_reconcile($1, 'users')",
    ]) {
      expect(
        await outcomeOf(
          asApp(env, contextOf(mine), [`SELECT * FROM ${call}`, mine]),
        ),
        call,
      ).toBe(DENIED);
    }
  });
});

describe.each(["plain", "sealed"] as const)(
  "the functions that the app may call, in the %s dialect",
  (dialect: PolicyDialect) => {
    let mine: string;
    let theirs: string;
    let theirReservation: string;

    beforeAll(async () => {
      await migrate({
        adminUrl: env.url("dittofeed_owner"),
        policies: { dialect, sealKeys: dialect === "sealed" ? [key] : [] },
      });
      mine = await env.createWorkspace();
      theirs = await env.createWorkspace();
      theirReservation = await reservationOf(theirs);
      await setQuota(env, theirs, "limit", 7, "users");
    });
    afterAll(() => migrate({ adminUrl: env.url("dittofeed_owner") }));

    it("work in the workspace of the context", async () => {
      const { rows } = await asApp(env, contextOf(mine), [
        RESERVE,
        mine,
        "a key",
      ]);
      expect(rows).toMatchObject([{ workspaceId: mine, granted: "1" }]);
      expect(
        (await asApp(env, contextOf(mine), [CONSUME, mine])).rows,
      ).toMatchObject([{ taken: "3" }]);
      expect(
        (
          await asApp(env, contextOf(mine), [
            "SELECT tenancy.own_workspace() AS id",
          ])
        ).rows,
      ).toEqual([{ id: mine }]);
    });

    it("refuse another workspace's id, and leave it as it was", async () => {
      const before = await standing(theirs);
      for (const [text, ...values] of [
        [RESERVE, theirs, "a key"],
        [RESERVE, theirs, "their key"],
        [END, theirs, theirReservation, 0],
        [END, theirs, theirReservation, null],
        [CONSUME, theirs],
      ] as const) {
        expect(
          await outcomeOf(asApp(env, contextOf(mine), [text, ...values])),
          text,
        ).toBe(DENIED);
      }
      expect(await standing(theirs)).toEqual(before);
    });

    it("answer another workspace's reservation as one that nobody has", async () => {
      const there = await outcomeOf(
        asApp(env, contextOf(mine), [END, mine, theirReservation, 1]),
      );
      const nowhere = await outcomeOf(
        asApp(env, contextOf(mine), [END, mine, randomUUID(), 1]),
      );
      expect(there).toEqual([]);
      expect(there).toEqual(nowhere);
      // One's own use of a key that they use too is one's own.
      const { rows } = await asApp(env, contextOf(mine), [
        RESERVE,
        mine,
        "their key",
      ]);
      expect(rows).toMatchObject([{ workspaceId: mine, requested: "1" }]);
    });

    it("answer the states of the context's workspace alone", async () => {
      const { rows } = await asApp(env, contextOf(mine), [STATES]);
      expect(rows.length).toBeGreaterThan(10);
      expect(rows.find((row) => row.resourceType === "users")).toMatchObject({
        used: "0",
        source: "default",
        isSet: false,
      });
      expect(
        (await asApp(env, contextOf(theirs), [STATES])).rows.find(
          (row) => row.resourceType === "users",
        ),
      ).toMatchObject({ amount: "7" });
    });

    it.each([null, ""])(
      "do nothing without a context (%j)",
      async (workspaceId) => {
        const settings: Settings =
          workspaceId === null
            ? {}
            : { "app.current_workspace_id": workspaceId };
        for (const [text, ...values] of [
          [RESERVE, mine, "k"],
          [RESERVE, null, "k"],
          [END, null, theirReservation, 0],
          [CONSUME, mine],
          [CONSUME, null],
        ] as const) {
          expect(
            await outcomeOf(asApp(env, settings, [text, ...values])),
            text,
          ).toBe(DENIED);
        }
        expect(await outcomeOf(asApp(env, settings, [STATES]))).toEqual([]);
        expect(
          await outcomeOf(
            asApp(env, settings, ["SELECT tenancy.own_workspace()"]),
          ),
        ).toEqual([{ own_workspace: null }]);
      },
    );

    it("are not talked into it by a malformed context", async () => {
      const settings = contextOf(`${mine}' OR true --`, mine);
      for (const [text, ...values] of [
        [RESERVE, mine, "k"],
        [CONSUME, mine],
        [STATES],
      ] as const) {
        const outcome = await outcomeOf(
          asApp(env, settings, [text, ...values]),
        );
        expect(["22P02", DENIED]).toContain(
          Array.isArray(outcome) && outcome.length === 0 ? DENIED : outcome,
        );
      }
    });

    if (dialect === "sealed") {
      it("are not opened by one's own seal in another's context", async () => {
        const before = await standing(theirs);
        const forged = contextOf(theirs, mine);
        for (const [text, ...values] of [
          [RESERVE, theirs, "a key"],
          [END, theirs, theirReservation, 0],
          [CONSUME, theirs],
          [STATES],
        ] as const) {
          const outcome = await outcomeOf(
            asApp(env, forged, [text, ...values]),
          );
          expect(
            Array.isArray(outcome) ? outcome.length : outcome,
            text,
          ).toSatisfy((found) => found === 0 || found === DENIED);
        }
        expect(await standing(theirs)).toEqual(before);
      });
    }
  },
);
