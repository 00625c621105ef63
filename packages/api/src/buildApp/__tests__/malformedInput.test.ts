import { beforeAll, describe, expect, test } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi({ config: { apiBodyLimitBytes: 64 * 1024 } });
const SECRET = "do-not-repeat-me";
let mine: ApiWorkspace;

beforeAll(async () => {
  mine = await api.workspace();
});

interface Refusal {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly errors: readonly { readonly field: string }[];
}

const post = (payload: string | object, url = "/api/admin-keys") =>
  api.inject({
    method: "POST",
    url,
    headers: { ...mine.headers, "content-type": "application/json" },
    payload,
  });

const count = async () =>
  (
    await api.env.owner.query<{ count: string }>(
      `SELECT (SELECT count(*) FROM "AdminApiKey") + (SELECT count(*) FROM "Segment") + (SELECT count(*) FROM "UserEvent")
            + (SELECT count(*) FROM "WorkspaceUser") AS count`,
    )
  ).rows[0]?.count;

describe("nothing is stored and the field is named for", () => {
  test.each<[string, string | object, string | null]>([
    ["JSON that breaks off", `{"name": "${SECRET}`, null],
    ["no JSON", SECRET, null],
    ["an empty body", "", null],
    ["a list instead of an object", "[]", ""],
    ["null", "null", ""],
    ["a name of the wrong type", { name: 5 }, "name"],
    ["a name that is null", { name: null }, "name"],
    ["a name that is missing", {}, "name"],
    ["a name that is empty", { name: "" }, "name"],
    ["a name that is too long", { name: "x".repeat(1000) }, "name"],
    ["a name with a NUL", { name: `${SECRET}\0` }, "name"],
    ["a name with half a character", `{"name": "\\ud83d"}`, "name"],
    [
      "a NUL in a field nobody reads",
      { name: "a", more: { deep: ["\0"] } },
      "more/deep/0",
    ],
    ["a NUL in a key", { name: "a", "x\0y": 1 }, "x\uFFFDy"],
    [
      "a huge key that holds a NUL",
      { name: "a", ["k".repeat(10_000)]: "\0" },
      `${"k".repeat(64)}…`,
    ],
    [
      "an id that is no UUID",
      { name: "a", workspaceId: "not one" },
      "workspaceId",
    ],
    ["an id that is a number", { name: "a", workspaceId: 5 }, "workspaceId"],
    [
      "65 levels",
      `{"name": "a", "x": ${"[".repeat(64)}${"]".repeat(64)}}`,
      `x${"/0".repeat(63)}`,
    ],
    ["a number beyond all bounds", `{"name": "a", "x": -1e999}`, "x"],
    [
      "an attack on prototypes",
      `{"name": "a", "__proto__": {"role": "Admin"}}`,
      null,
    ],
  ])("%s", async (_, payload, field) => {
    const before = await count();
    const response = await post(payload);
    const body = response.json<Refusal>();
    expect([response.statusCode, body.code]).toEqual([
      400,
      "FST_ERR_VALIDATION",
    ]);
    if (field !== null) {
      expect(body.errors.map((error) => error.field)).toContain(field);
    }
    expect(response.body).not.toContain(SECRET);
    expect(await count()).toBe(before);
  });
});

test("a body beyond the limit is a 413 that states the limit", async () => {
  const response = await post({ name: "a", filler: "x".repeat(70_000) });
  expect([response.statusCode, response.json()]).toMatchObject([
    413,
    { limitBytes: 65_536, code: "FST_ERR_CTP_BODY_TOO_LARGE" },
  ]);
});

test("a definition that nobody knows names its place", async () => {
  const response = await api.inject({
    method: "PUT",
    url: "/api/segments",
    headers: mine.headers,
    payload: {
      workspaceId: mine.workspaceId,
      name: "bad",
      definition: { entryNode: { id: "1", type: "Astrology" }, nodes: [] },
    },
  });
  expect(response.statusCode).toBe(400);
  expect(response.json<Refusal>().message).toContain(
    "body/definition/entryNode/type",
  );
});

test.each([
  "/api/segments",
  "/api/journeys",
  "/api/content/templates",
  "/api/users",
  "/api/user-properties",
])("PUT or POST %s without any field is a 400 in the one form", async (url) => {
  const method = url === "/api/users" ? "POST" : "PUT";
  const response = await api.inject({
    method,
    url,
    headers: mine.headers,
    payload: { limit: "many", name: {} },
  });
  expect(response.json<Refusal>()).toMatchObject({
    statusCode: 400,
    code: "FST_ERR_VALIDATION",
    error: "Bad Request",
  });
});

test.each<[string, string, readonly string[]]>([
  ["DELETE", "/api/segments", ["id"]],
  ["DELETE", "/api/journeys", ["id"]],
  ["DELETE", "/api/users", ["userIds"]],
  ["POST", "/api/admin-keys", ["name"]],
])(
  "%s %s without a body names the fields it needs",
  async (method, url, fields) => {
    const response = await api.inject({
      method: method === "DELETE" ? "DELETE" : "POST",
      url,
      headers: mine.headers,
    });
    const { statusCode, message, errors } = response.json<Refusal>();
    expect([response.statusCode, statusCode]).toEqual([400, 400]);
    expect(message).toBe(
      `body: a JSON object is required, with ${fields.join(", ")}`,
    );
    for (const field of fields) {
      expect(errors).toContainEqual({ field, message: "required" });
    }
  },
);

test.each([
  "/api/segments?ids=%00",
  "/api/events?limit=ten",
  "/api/events?limit=1&limit=2",
  "/api/events?startDate=yesterday",
  "/api/segments?ids[a][b][c][d][e][f]=1",
])("the query of %s is a 400", async (url) => {
  const response = await api.inject({ url, headers: mine.headers });
  expect([response.statusCode, response.json<Refusal>().code]).toEqual([
    400,
    "FST_ERR_VALIDATION",
  ]);
});

test("a URL that is not well-formed is a 400 that does not repeat it", async () => {
  const response = await api.inject({ url: `/api/%zz${SECRET}` });
  expect(response.statusCode).toBe(400);
  expect(response.body).not.toContain(SECRET);
});
