// Who may change limits, and edits that say what they were made of.

import {
  type GetWorkspaceQuotaResponse,
  type Role,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { type ApiWorkspace, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

const containing = (text: string): unknown => expect.stringContaining(text);

let parent: ApiWorkspace;
let child: ApiWorkspace;
let stranger: ApiWorkspace;
beforeEach(async () => {
  [parent, stranger] = await Promise.all([
    api.workspace({ type: "Parent" }),
    api.workspace(),
  ]);
  child = await api.workspace({
    type: "Child",
    parentWorkspaceId: parent.workspaceId,
  });
});

type Headers = Readonly<Record<string, string>>;

const keyOf = (workspace: ApiWorkspace): Headers => ({
  authorization: `Bearer ${workspace.adminApiKey}`,
});

/** Calls /quotas of `workspace` with the credentials: a key's on /api/admin, a member's on /api. */
async function call(
  method: "GET" | "PUT" | "DELETE",
  workspace: ApiWorkspace,
  headers: Headers,
  changes: object = {},
  prefix = headers.authorization?.includes(".") === true
    ? "/api"
    : "/api/admin",
) {
  const { workspaceId } = workspace;
  return api.inject({
    method,
    url: `${prefix}/quotas?workspaceId=${workspaceId}`,
    headers,
    ...(method === "PUT" ? { payload: { workspaceId, ...changes } } : {}),
  });
}

const put = (workspace: ApiWorkspace, headers: Headers, changes: object) =>
  call("PUT", workspace, headers, changes);

async function memberOf(workspace: ApiWorkspace, role: Role): Promise<Headers> {
  const { workspaceId } = workspace;
  return (await api.member({ roles: [{ workspaceId, role }] })).headers;
}

async function quotaOf(workspace: ApiWorkspace) {
  const reply = await call("GET", workspace, keyOf(workspace));
  expect(reply.statusCode).toBe(200);
  return {
    ...reply.json<GetWorkspaceQuotaResponse>().quota,
    etag: String(reply.headers.etag),
  };
}

describe("a member", () => {
  test.each<[Role, number]>([
    ["Viewer", 403],
    ["Author", 403],
    ["WorkspaceManager", 403],
    ["Admin", 200],
  ])(
    "with the role %s may read, and gets %i for a change",
    async (role, status) => {
      const headers = await memberOf(child, role);
      expect((await call("GET", child, headers)).statusCode).toBe(200);
      const changed = await put(child, headers, { maxSegments: 5 });
      const reset = await call("DELETE", child, headers);
      expect([changed.statusCode, reset.statusCode]).toEqual([status, status]);
      if (status === 403) {
        expect(changed.json()).toEqual({
          type: "RoleTooLow",
          message: "This needs the role Admin in the workspace.",
        });
        expect((await quotaOf(child)).limits).toEqual({});
      }
    },
  );

  test("of another workspace may neither read nor change", async () => {
    const headers = await memberOf(stranger, "Admin");
    const replies = [
      await call("GET", child, headers),
      await put(child, headers, { maxSegments: 5 }),
      await call("DELETE", child, headers),
    ];
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([
      403, 403, 403,
    ]);
  });
});

describe("a ceiling", () => {
  const ceilings = { maxSegments: 3 };

  test("is set by an admin key of the parent, and holds", async () => {
    const reply = await put(child, keyOf(parent), { ceilings });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      200,
      {
        quota: {
          maxSegments: 3,
          ceilings,
          limits: {},
          source: { maxSegments: "ceiling" },
        },
      },
    ]);
  });

  test("is set by a member who is an Admin of the parent", async () => {
    const headers = await memberOf(parent, "Admin");
    const reply = await put(child, headers, { ceilings, maxSegments: 2 });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      200,
      { quota: { maxSegments: 2, ceilings, limits: { maxSegments: 2 } } },
    ]);
  });

  test("is taken back by who stands above", async () => {
    await put(child, keyOf(parent), { ceilings });
    const reply = await put(child, keyOf(parent), {
      reset: ["ceilings/maxSegments"],
    });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      200,
      { quota: { maxSegments: 1_000, ceilings: {} } },
    ]);
  });

  test.each<[string, () => Promise<Headers>]>([
    ["the workspace's own key", async () => keyOf(child)],
    ["its own Admin", async () => memberOf(child, "Admin")],
    [
      "its own Admin who is a Viewer of the parent",
      async () =>
        (
          await api.member({
            roles: [
              { workspaceId: child.workspaceId, role: "Admin" },
              { workspaceId: parent.workspaceId, role: "Viewer" },
            ],
          })
        ).headers,
    ],
  ])("is refused to %s, with a way on", async (_, credentials) => {
    await put(child, keyOf(parent), { ceilings });
    const headers = await credentials();
    for (const changes of [
      { ceilings: { maxSegments: 9 }, maxUsers: 4 },
      { reset: ["ceilings/maxSegments"], maxUsers: 4 },
    ]) {
      const reply = await put(child, headers, changes);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        403,
        {
          type: "CeilingForbidden",
          message: containing("admin of its parent"),
        },
      ]);
    }
    expect(await quotaOf(child)).toMatchObject({ ceilings, limits: {} });
  });

  test("is refused to the parent's own key for the parent itself", async () => {
    const reply = await put(parent, keyOf(parent), { ceilings });
    expect(reply.statusCode).toBe(403);
  });

  test("bounds what the workspace's own admins set: 409 names each field", async () => {
    await put(child, keyOf(parent), {
      ceilings: { maxSegments: 3, maxJourneys: 4 },
    });
    const reply = await put(child, keyOf(child), {
      maxSegments: 4,
      maxJourneys: null,
      maxUsers: 2,
    });
    expect(reply.statusCode).toBe(409);
    const { type, message, errors } = reply.json<{
      type: string;
      message: string;
      errors: { field: string; message: string }[];
    }>();
    expect(type).toBe("CeilingExceeded");
    expect(message).toContain("ceiling");
    expect(new Map(errors.map((each) => [each.field, each.message]))).toEqual(
      new Map([
        ["maxSegments", "may be 3 at most"],
        ["maxJourneys", "may be 4 at most"],
      ]),
    );
    expect((await quotaOf(child)).limits).toEqual({});
    const within = await put(child, keyOf(child), { maxSegments: 3 });
    expect(within.statusCode).toBe(200);
  });
});

describe("a parent", () => {
  test("says what holds for children that say nothing, and shares a pool", async () => {
    const reply = await put(parent, await memberOf(parent, "Admin"), {
      children: { maxSegments: 4 },
      pool: { maxSegments: 6 },
    });
    expect(reply.statusCode).toBe(200);
    const { quota, usage } = (
      await call("GET", child, keyOf(child))
    ).json<GetWorkspaceQuotaResponse>();
    expect(quota).toMatchObject({
      maxSegments: 4,
      source: { maxSegments: "children" },
    });
    expect(
      usage.find(({ resourceType }) => resourceType === "segments"),
    ).toMatchObject({ pool: { limit: 6, used: 0 } });
    expect((await quotaOf(parent)).maxSegments).toBe(1_000);
  });
});

describe("If-Match", () => {
  const edit = (tag: string, changes: object = { maxSegments: 5 }) =>
    put(child, { ...keyOf(child), "if-match": tag }, changes);

  test("lets an edit of the current limits pass, which gives a new tag", async () => {
    const { etag } = await quotaOf(child);
    const reply = await edit(etag);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers.etag).toMatch(/^"[^"]+"$/);
    expect(reply.headers.etag).not.toBe(etag);
    expect(reply.headers.etag).toBe((await quotaOf(child)).etag);
  });

  test("refuses an edit of limits that have changed since, with the tag they have", async () => {
    const { etag } = await quotaOf(child);
    expect((await edit(etag)).statusCode).toBe(200);
    const { etag: current } = await quotaOf(child);
    const late = await edit(etag, { maxSegments: 9 });
    expect([late.statusCode, late.headers.etag]).toEqual([412, current]);
    expect(late.json()).toEqual({
      type: "StaleQuota",
      message: containing("read them again"),
      etag: current,
    });
    expect((await quotaOf(child)).maxSegments).toBe(5);
  });

  test("of two edits at once lets one pass", async () => {
    const { etag } = await quotaOf(child);
    const replies = await Promise.all(
      [1, 2, 3, 4].map((maxSegments) => edit(etag, { maxSegments })),
    );
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([
      200, 412, 412, 412,
    ]);
  });

  test("is not stale for what is used in the meantime", async () => {
    const { etag } = await quotaOf(child);
    await api.env.owner.query(
      `INSERT INTO "Segment" ("workspaceId", "name", "definition", "updatedAt", "definitionUpdatedAt") VALUES ($1, 'made', '{}', now(), now())`,
      [child.workspaceId],
    );
    expect((await edit(etag)).statusCode).toBe(200);
  });

  test.each<[string, (etag: string) => string, number]>([
    ["*", () => "*", 200],
    ["the tag among others", (etag) => `"a", ${etag},"b,c"`, 200],
    ["the tag twice", (etag) => `${etag}, ${etag}`, 200],
    ["the tag after empty items", (etag) => ` , ,${etag}`, 200],
    ["others only", () => `"a", "b"`, 412],
    ["the weak form of it", (etag) => `W/${etag}`, 412],
    ["the weak form among others", (etag) => `"a", W/${etag}`, 412],
    ["a tag of nothing", () => `""`, 412],
    ["no quotes", (etag) => etag.replaceAll('"', ""), 400],
    ["a star among tags", (etag) => `*, ${etag}`, 400],
    ["an open quote", (etag) => etag.slice(0, -1), 400],
    ["commas only", () => ", ,", 400],
  ])("with %s", async (_, field, status) => {
    const { etag } = await quotaOf(child);
    const reply = await edit(field(etag));
    expect([reply.statusCode, reply.body]).toEqual([status, reply.body]);
    expect((await quotaOf(child)).maxSegments).toBe(status === 200 ? 5 : 1_000);
    if (status === 400) {
      expect(reply.json()).toMatchObject({ errors: [{ field: "if-match" }] });
    }
  });

  test("guards a reset as well", async () => {
    const { etag } = await quotaOf(child);
    await edit(etag);
    const stale = await call("DELETE", child, {
      ...keyOf(child),
      "if-match": etag,
    });
    expect(stale.statusCode).toBe(412);
    const current = await call("DELETE", child, {
      ...keyOf(child),
      "if-match": (await quotaOf(child)).etag,
    });
    expect(current.statusCode).toBe(200);
    expect((await quotaOf(child)).limits).toEqual({});
  });
});
