// The probe: every route that the app serves × a caller of workspace A who names workspace B, or what B holds. Refused, nothing
// told, nothing changed; and what B holds is answered for like what exists nowhere. A new route is probed the day it is added,
// or this fails and says which sample call is missing.

import { config } from "backend-lib/src/config";
import { type LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { buildApp } from "../../src/buildApp";
import { MULTI_TENANT, useApi } from "../useApi";
import { oneByOne, type ProbedRoute, requestOf } from "./calling";
import { Probe } from "./probe";
import { type SampleCall } from "./sampleCalls";
import { shapeOf } from "./witness";
import { makeWorld, newTag, nowhere, type World } from "./world";

const SINGLE_TENANT = {
  authMode: "single-tenant",
  password: "correct horse battery staple",
  secretKey: Buffer.alloc(32, 7).toString("base64"),
} as const;

/** Each route is called dozens of times. */
const TIMEOUT_MS = 180_000;

const CHOOSES_ID =
  "who makes something may choose its id, and ids are unique in the whole table: a taken one is refused. Ids are random, so who can name one has it from there.";
/** What an answer still tells of B, and why that is accepted. */
const ACCEPTED: Readonly<Record<string, string>> = {
  "PUT /broadcasts/v2": CHOOSES_ID,
  "PUT /segments": CHOOSES_ID,
  "PUT /journeys": CHOOSES_ID,
  "PUT /content/templates": CHOOSES_ID,
  "PUT /user-properties": CHOOSES_ID,
  "PUT /subscription-groups": CHOOSES_ID,
};

const api = useApi({ config: MULTI_TENANT });
/** One for all calls: what A itself says of these texts in one call, it has said of B's in the same. */
const unknownTag = newTag();
let probe: Probe;

beforeAll(async () => {
  probe = await Probe.open(api);
});
afterAll(() => probe.report());

test("there is a sample call for every guarded route, and B holds something in every table", () => {
  const missing = probe.routes.filter(
    ({ guard, sample }) => guard !== "open" && sample === undefined,
  );
  expect(
    missing.map(({ name }) => `${name}: add it to sampleCalls.ts`),
  ).toEqual([]);
  expect(probe.routes.length).toBeGreaterThan(150);
  const bare = Object.entries(probe.theirRows).filter(
    // The defaults are the host's: no row of them is a workspace's.
    ([table, rows]) => rows.length === 0 && table !== "QuotaDefault",
  );
  expect(bare.map(([table]) => table)).toEqual([]);
  expect(probe.theirValues.size).toBeGreaterThan(50);
});

describe("a caller of A who names B as the workspace", () => {
  const REFUSALS = { session: 403, adminKey: 401 } as const;

  async function refuses(
    route: ProbedRoute,
    credentials: Readonly<Record<string, string>>,
    app: Pick<typeof api, "inject"> = api,
  ): Promise<void> {
    const { guard } = route;
    for (const { place, call, headers, isConflict } of probe.namings(route)) {
      const name = `${route.method} ${route.url} (B in the ${place})`;
      const request = requestOf(route, call, { ...credentials, ...headers });
      const { statusCode } = await probe.send(name, request, app);
      if (guard === "session" || guard === "adminKey") {
        const wanted = isConflict ? 400 : REFUSALS[guard];
        probe.check(
          statusCode === wanted,
          `${name}: ${statusCode} instead of ${wanted}`,
        );
      }
    }
    await probe.unchanged(`${route.method} ${route.url}`);
  }

  test(
    "is refused by every guarded route, wherever the id is",
    async () => {
      const leaks = await probe.leaksOf(async () => {
        for (const route of probe.routes) {
          await refuses(route, probe.credentials[route.guard]);
        }
      });
      expect(leaks).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "gets in with no other credential of A either",
    async () => {
      const leaks = await probe.leaksOf(async () => {
        for (const route of probe.routes) {
          const others = Object.entries(probe.credentials).filter(
            ([kind]) => route.guard !== "open" && kind !== route.guard,
          );
          for (const [kind, headers] of others) {
            const name = `${route.method} ${route.url} (with ${kind} credentials)`;
            const call = route.sample?.(probe.theirWorld, newTag()) ?? {};
            const named = { "df-workspace-id": probe.theirs.workspaceId };
            const { statusCode } = await probe.send(
              name,
              requestOf(route, call, { ...headers, ...named }),
            );
            probe.check(
              statusCode === 401 || statusCode === 400,
              `${name}: ${statusCode}`,
            );
          }
        }
        await probe.unchanged("a wrong credential");
      });
      expect(leaks).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is refused with the cookie of single-tenant mode",
    async () => {
      const app = await buildApp({ config: { ...config(), ...SINGLE_TENANT } });
      try {
        const login = await app.inject({
          method: "POST",
          url: "/api/public/single-tenant/login",
          payload: { password: SINGLE_TENANT.password },
        });
        const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
        const own = await app.inject({
          url: "/api/session",
          headers: { cookie },
        });
        expect(own.json()).toMatchObject({
          workspace: { id: probe.mine.workspaceId },
        });
        const leaks = await probe.leaksOf(async () => {
          for (const route of probe.routes) {
            if (route.guard === "session") {
              await refuses(route, { cookie }, app);
            }
          }
        });
        expect(leaks).toEqual([]);
      } finally {
        await app.close();
      }
    },
    TIMEOUT_MS,
  );
});

describe("a caller of A who names, in A, what B holds", () => {
  /** Every resource's route once: under a key if there is one for keys, else under a member's token. */
  function resourceRoutes(): ProbedRoute[] {
    const guarded = probe.routes.filter(
      ({ guard, method }) => guard !== "open" && method !== "HEAD",
    );
    const forKeys = guarded.filter(({ guard }) => guard !== "session");
    const names = new Set(forKeys.map(({ name }) => name));
    const forPeople = guarded.filter(
      ({ guard, name }) => guard === "session" && !names.has(name),
    );
    return [...forKeys, ...forPeople];
  }

  const inMine = (route: ProbedRoute, call: SampleCall) =>
    probe.send(
      route.name,
      requestOf(route, call, {
        ...probe.credentials[route.guard],
        ...(route.guard === "writeKey"
          ? {}
          : { "df-workspace-id": probe.mine.workspaceId }),
      }),
    );

  /** The call with all of the other world, and A's own call with one value of it at a time. */
  function probesOf({ sample }: ProbedRoute, other: World): SampleCall[] {
    const fresh = newTag();
    const all = sample?.(other, fresh) ?? {};
    const single = oneByOne(sample?.(probe.world, fresh) ?? {}, all);
    return single.length > 1 ? [all, ...single] : [all];
  }

  function compare(
    { name }: ProbedRoute,
    call: SampleCall,
    answers: {
      readonly theirs: LightMyRequestResponse;
      readonly nowhere: LightMyRequestResponse;
    },
  ): void {
    const [answer, control] = [
      shapeOf(answers.theirs),
      shapeOf(answers.nowhere),
    ];
    const why = ACCEPTED[name];
    if (answer !== control && why !== undefined) {
      probe.accepted[name] = why;
      probe.check(
        answers.theirs.statusCode >= 400,
        `${name}: ${answers.theirs.statusCode}`,
      );
      return;
    }
    probe.check(
      answer === control,
      `${name} with ${JSON.stringify(call)} tells what is B's from what is nowhere: ${answer} instead of ${control}`,
    );
  }

  test(
    "is answered as if it were nowhere",
    async () => {
      const leaks = await probe.leaksOf(async () => {
        for (const route of resourceRoutes()) {
          const controls = probesOf(route, nowhere(unknownTag));
          const probes = probesOf(route, probe.theirWorld);
          for (const [at, call] of probes.entries()) {
            const control = await inMine(route, controls[at] ?? {});
            const answer = await inMine(route, call);
            compare(route, call, { theirs: answer, nowhere: control });
          }
          await probe.unchanged(route.name);
        }
      });
      expect(leaks).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "could do all of it with what A holds",
    async () => {
      // Else the probes above would prove nothing: they would be refused for another reason.
      const failed: string[] = [];
      const leaks = await probe.leaksOf(async () => {
        for (const route of resourceRoutes()) {
          const own =
            route.method === "DELETE"
              ? await makeWorld(api, probe.mine)
              : probe.world;
          const { statusCode, body } = await inMine(
            route,
            route.sample?.(own, newTag()) ?? {},
          );
          if (statusCode >= 300) {
            failed.push(`${route.name}: ${statusCode} ${body}`);
          }
        }
        await probe.unchanged("work in A");
      });
      expect(failed).toEqual([]);
      expect(leaks).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
