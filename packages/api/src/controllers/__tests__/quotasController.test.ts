// The routes of /quotas: reading, setting and resetting limits, and the questions that change nothing.

import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { traitSegment } from "backend-lib/test/definitions";
import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
} from "isomorphic-lib/src/quotaResources";
import {
  type GetQuotaHistoryResponse,
  type GetQuotaUsageResponse,
  type GetWorkspaceQuotaResponse,
  type SimulateQuotaResponse,
  type ValidationErrorResponse,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/quotas");
const segments = resourceCalls(api, "/segments");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

async function read(workspace = mine): Promise<GetWorkspaceQuotaResponse> {
  const reply = await call(workspace, "GET", "");
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

const usageOf = (
  { usage }: Pick<GetWorkspaceQuotaResponse, "usage">,
  resource: string,
) => usage.find(({ resourceType }) => resourceType === resource);

async function addSegments(count: number, workspace = mine): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const reply = await segments(workspace, "POST", "", {
      name: `segment ${at}`,
      definition: traitSegment(),
    });
    expect(reply.statusCode).toBe(201);
  }
}

describe("GET", () => {
  test("answers the defaults of every resource, and that nothing is used", async () => {
    const { quota, usage } = await read();
    for (const name of QUOTA_RESOURCE_NAMES) {
      const { field, default: limit } = QUOTA_RESOURCES[name];
      expect([name, quota[field], quota.source[field]]).toEqual([
        name,
        limit,
        "default",
      ]);
    }
    expect(quota).toMatchObject({ workspaceId: mine.workspaceId, limits: {} });
    expect(usage.map(({ resourceType }) => resourceType)).toEqual(
      QUOTA_RESOURCE_NAMES,
    );
    expect(usageOf({ usage }, "segments")).toEqual({
      resourceType: "segments",
      used: 0,
      limit: 1_000,
      remaining: 1_000,
      fraction: 0,
      state: "ok",
      period: null,
      resetsAt: null,
    });
    expect(usageOf({ usage }, "events")).toMatchObject({
      limit: null,
      remaining: null,
      fraction: null,
    });
  });

  test("says when a month begins anew, UTC", async () => {
    const { usage } = await read();
    const now = new Date();
    const first = (month: number) =>
      new Date(Date.UTC(now.getUTCFullYear(), month, 1)).toISOString();
    expect(usageOf({ usage }, "messages")).toMatchObject({
      period: first(now.getUTCMonth()).slice(0, 10),
      resetsAt: first(now.getUTCMonth() + 1),
    });
  });

  test("counts what is there, and not what another workspace has", async () => {
    await addSegments(3);
    await addSegments(1, theirs);
    expect(usageOf(await read(), "segments")).toMatchObject({
      used: 3,
      remaining: 997,
    });
  });

  test("is on /api as on /api/admin", async () => {
    const reply = await api.inject({
      url: `/api/quotas?workspaceId=${mine.workspaceId}`,
    });
    expect(reply.json()).toEqual(await read());
  });
});

describe("PUT", () => {
  test("sets the given fields, leaves the others, and answers what holds", async () => {
    await call(mine, "PUT", "", { maxJourneys: 7 });
    const reply = await call(mine, "PUT", "", {
      maxSegments: 5,
      maxUsers: null,
    });
    expect(reply.statusCode).toBe(200);
    const { quota, usage } = reply.json<GetWorkspaceQuotaResponse>();
    expect(quota).toMatchObject({
      maxSegments: 5,
      maxUsers: null,
      maxJourneys: 7,
      maxTemplates: 1_000,
      limits: { maxSegments: 5, maxUsers: null, maxJourneys: 7 },
      source: { maxSegments: "limit", maxTemplates: "default" },
    });
    expect(usageOf({ usage }, "segments")).toMatchObject({ limit: 5 });
    expect(await read()).toEqual(reply.json());
    expect((await read(theirs)).quota.maxSegments).toBe(1_000);
  });

  test("with reset, takes a field back to what it inherits", async () => {
    await call(mine, "PUT", "", { maxSegments: 5, maxJourneys: 7 });
    const reply = await call(mine, "PUT", "", { reset: ["maxSegments"] });
    expect(reply.json<GetWorkspaceQuotaResponse>().quota).toMatchObject({
      maxSegments: 1_000,
      maxJourneys: 7,
      limits: { maxJourneys: 7 },
      source: { maxSegments: "default" },
    });
  });

  test("below what is there deletes nothing: nothing new is made", async () => {
    await addSegments(3);
    const reply = await call(mine, "PUT", "", { maxSegments: 1 });
    expect(reply.statusCode).toBe(200);
    expect(
      usageOf(reply.json<GetWorkspaceQuotaResponse>(), "segments"),
    ).toMatchObject({
      used: 3,
      limit: 1,
      remaining: 0,
      fraction: 3,
      state: "exceeded",
    });
    const refused = await segments(mine, "POST", "", {
      name: "one more",
      definition: traitSegment(),
    });
    expect(refused.statusCode).toBe(429);
    const listed = await segments(mine, "GET", "");
    expect(listed.json<{ segments: unknown[] }>().segments).toHaveLength(3);
  });

  test("takes the greatest limit there is, and 0 where that makes sense", async () => {
    const reply = await call(mine, "PUT", "", {
      maxUsers: 0,
      maxStorageBytes: Number.MAX_SAFE_INTEGER,
    });
    expect(reply.json()).toMatchObject({
      quota: { maxUsers: 0, maxStorageBytes: Number.MAX_SAFE_INTEGER },
    });
    expect(
      usageOf(reply.json<GetWorkspaceQuotaResponse>(), "users"),
    ).toMatchObject({ remaining: 0, state: "exceeded" });
  });

  test.each<[string, object, string]>([
    ["a negative limit", { maxUsers: -1 }, "maxUsers"],
    ["a fraction", { maxMessagesPerMonth: 1.5 }, "maxMessagesPerMonth"],
    ["a limit of 2^53", { maxUsers: 2 ** 53 }, "maxUsers"],
    ["a text", { maxUsers: "5" }, "maxUsers"],
    ["less than the least", { maxSegments: 0 }, "maxSegments"],
    ["an unknown resource", { maxWebhooks: 5 }, "maxWebhooks"],
    [
      "an unknown one of children",
      { children: { maxDogs: 1 } },
      "children/maxDogs",
    ],
    ["an unknown reset", { reset: ["maxWebhooks"] }, "reset/0"],
    ["both at once", { maxUsers: 5, reset: ["maxUsers"] }, "maxUsers"],
  ])(
    "400 names the field for %s, and stores nothing",
    async (_, body, field) => {
      const before = await read();
      const reply = await call(mine, "PUT", "", { maxJourneys: 7, ...body });
      expect(reply.statusCode).toBe(400);
      const { message, errors } = reply.json<ValidationErrorResponse>();
      expect(message).toContain(field);
      expect(errors.map((each) => each.field)).toEqual([field]);
      expect(await read()).toEqual(before);
    },
  );

  test("400 names every bad field at once", async () => {
    const reply = await call(mine, "PUT", "", {
      maxUsers: -1,
      maxSegments: 0.5,
      maxTemplates: "many",
    });
    expect(
      reply
        .json<ValidationErrorResponse>()
        .errors.map(({ field }) => field)
        .sort(),
    ).toEqual(["maxSegments", "maxTemplates", "maxUsers"]);
  });

  test("401 with a key of another workspace, and nothing changes", async () => {
    const before = await read(theirs);
    const named = await api.inject({
      method: "PUT",
      url: "/api/admin/quotas",
      headers: { authorization: mine.headers.authorization },
      payload: { workspaceId: theirs.workspaceId, maxSegments: 1 },
    });
    expect(named.statusCode).toBe(401);
    expect(await read(theirs)).toEqual(before);
  });
});

describe("DELETE", () => {
  test("takes back what was set, and answers the defaults", async () => {
    const before = await read();
    await call(mine, "PUT", "", { maxSegments: 5, maxUsers: null });
    const reply = await call(mine, "DELETE", "");
    expect(reply.statusCode).toBe(200);
    const { quota } = reply.json<GetWorkspaceQuotaResponse>();
    expect(quota).toEqual({
      ...before.quota,
      updatedAt: quota.updatedAt,
    });
  });

  test("is harmless where nothing was set", async () => {
    const before = await read();
    const reply = await call(mine, "DELETE", "");
    expect([reply.statusCode, reply.json()]).toEqual([200, before]);
  });
});

describe("POST /validate", () => {
  const validate = (payload: object) =>
    call(mine, "POST", "/validate", payload);

  test("200 with what is there, while there is room; takes nothing", async () => {
    await call(mine, "PUT", "", { maxSegments: 5 });
    await addSegments(2);
    for (let look = 0; look < 6; look += 1) {
      const reply = await validate({ resourceType: "segments" });
      expect([reply.statusCode, reply.json()]).toEqual([
        200,
        {
          allowed: true,
          resourceType: "segments",
          currentUsage: 2,
          limit: 5,
          remaining: 3,
          requested: 1,
        },
      ]);
    }
    const all = await validate({ resourceType: "segments", increment: 3 });
    expect(all.statusCode).toBe(200);
  });

  test("429 when there is too little", async () => {
    await call(mine, "PUT", "", { maxSegments: 5 });
    await addSegments(2);
    const reply = await validate({ resourceType: "segments", increment: 4 });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      429,
      { resourceType: "segments", currentUsage: 2, limit: 5, requested: 4 },
    ]);
  });

  test("a no is not counted as a refusal; that of the request which would take is", async () => {
    await call(mine, "PUT", "", { maxSegments: 1 });
    await addSegments(1);
    const refused = vi.fn();
    tenantEvents.on("quotaRefused", refused);
    onTestFinished(() => {
      tenantEvents.off("quotaRefused", refused);
    });
    const statuses = [
      await validate({ resourceType: "segments" }),
      await validate({ resourceType: "segments", increment: 2 }),
    ].map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([429, 403]);
    expect(refused).not.toHaveBeenCalled();
    const made = await segments(mine, "POST", "", {
      name: "one too many",
      definition: traitSegment(),
    });
    expect(made.statusCode).toBe(429);
    expect(refused).toHaveBeenCalledTimes(1);
  });

  test("always 200 without a limit", async () => {
    const reply = await validate({
      resourceType: "events",
      increment: Number.MAX_SAFE_INTEGER,
    });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      200,
      { limit: null, remaining: null },
    ]);
  });

  test.each([
    ["an unknown resource", { resourceType: "webhooks" }, "resourceType"],
    ["no resource", {}, "resourceType"],
    ["nothing", { resourceType: "users", increment: 0 }, "increment"],
    [
      "less than nothing",
      { resourceType: "users", increment: -1 },
      "increment",
    ],
    ["a part", { resourceType: "users", increment: 0.5 }, "increment"],
    ["too much", { resourceType: "users", increment: 2 ** 53 }, "increment"],
  ])("400 names the field for %s", async (_, body, field) => {
    const reply = await validate(body);
    expect(reply.statusCode).toBe(400);
    expect(
      reply.json<ValidationErrorResponse>().errors.map((each) => each.field),
    ).toEqual([field]);
  });
});

test("GET /usage answers how every resource stands", async () => {
  await addSegments(2);
  const reply = await call(mine, "GET", "/usage");
  expect(reply.statusCode).toBe(200);
  expect(reply.json<GetQuotaUsageResponse>().usage).toEqual(
    (await read()).usage,
  );
});

describe("GET /history", () => {
  const history = async (query: object = {}) => {
    const reply = await call(mine, "GET", "/history", query);
    expect(reply.statusCode).toBe(200);
    return reply.json<GetQuotaHistoryResponse>();
  };

  test("says who changed which limit from what to what", async () => {
    await call(mine, "PUT", "", { maxSegments: 5 });
    await call(mine, "PUT", "", { maxSegments: null });
    await call(mine, "DELETE", "");
    await call(theirs, "PUT", "", { maxSegments: 9 });
    const { changes } = await history();
    expect(
      changes.map(({ wasSet, oldAmount, isSet, newAmount }) => [
        wasSet ? oldAmount : "inherited",
        isSet ? newAmount : "inherited",
      ]),
    ).toEqual([
      [null, "inherited"],
      [5, null],
      ["inherited", 5],
    ]);
    expect(changes[0]).toMatchObject({
      resourceType: "segments",
      layer: "limit",
      actor: { type: "adminApiKey", id: mine.adminApiKeyId, name: "test" },
    });
  });

  test("comes in pages that miss nothing and repeat nothing", async () => {
    for (let limit = 1; limit <= 7; limit += 1) {
      await call(mine, "PUT", "", { maxSegments: limit, maxJourneys: limit });
    }
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await history({
        limit: 3,
        resourceType: "segments",
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.changes.map(({ newAmount }) => String(newAmount)));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(["7", "6", "5", "4", "3", "2", "1"]);
  });

  test.each([
    [{ cursor: "nonsense" }, "cursor"],
    [{ limit: 0 }, "limit"],
    [{ resourceType: "dogs" }, "resourceType"],
  ])("400 for %j", async (query, field) => {
    const reply = await call(mine, "GET", "/history", query);
    expect(reply.statusCode).toBe(400);
    expect(
      reply.json<ValidationErrorResponse>().errors.map((each) => each.field),
    ).toEqual([field]);
  });
});

describe("POST /simulate", () => {
  test("says what other limits would have refused, and changes nothing", async () => {
    await addSegments(4);
    await api.env.owner.query(
      `INSERT INTO "WorkspaceUsageSample" ("workspaceId", "resourceType", "hour", "period", "used", "peak") VALUES
         ($1, 'segments', date_trunc('hour', now() - interval '2 days'), '-infinity', 3, 6),
         ($1, 'segments', date_trunc('hour', now() - interval '1 day'), '-infinity', 2, 3)`,
      [mine.workspaceId],
    );
    const before = await read();
    const reply = await call(mine, "POST", "/simulate", {
      limits: { maxSegments: 4 },
    });
    expect(reply.statusCode).toBe(200);
    const { resources } = reply.json<SimulateQuotaResponse>();
    expect(
      resources.find(({ resourceType }) => resourceType === "segments"),
    ).toMatchObject({
      limit: 4,
      peak: 6,
      wouldHaveRefused: true,
      mostOver: 2,
    });
    expect(await read()).toEqual(before);
  });

  test.each([
    [{ limits: { maxSegments: 0 } }, "limits/maxSegments"],
    [{ limits: {}, days: 91 }, "days"],
    [{}, "limits"],
  ])("400 for %j", async (body, field) => {
    const reply = await call(mine, "POST", "/simulate", body);
    expect(reply.statusCode).toBe(400);
    expect(
      reply.json<ValidationErrorResponse>().errors.map((each) => each.field),
    ).toEqual([field]);
  });
});
