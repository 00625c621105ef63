// Rules that hold for every route, walked over what the app really serves: a new route is covered the day it is added.

import { type RouteOptions } from "fastify";
import { isAuthorized } from "isomorphic-lib/src/auth";
import { type Role } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test } from "vitest";

import { sampleObject } from "./sampleValue";
import {
  type ApiMember,
  type ApiWorkspace,
  MULTI_TENANT,
  useApi,
} from "./useApi";

const api = useApi({ config: MULTI_TENANT });
const ROLES: readonly Role[] = [
  "Viewer",
  "Author",
  "WorkspaceManager",
  "Admin",
];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Open to everybody; a route that joins them is a decision. */
const OPEN = [
  "GET /",
  "GET /api/",
  "GET /api/health/live",
  "GET /api/health/ready",
  "GET /dashboard",
  "GET /metrics",
  "POST /api/public/apps/alias", // answers 400 to everybody
];

/** Read something although their method says otherwise. */
const READING = [
  "POST /users/",
  "POST /users/count",
  "POST /quotas/validate",
  "POST /quotas/simulate",
];

/** Count against no quota, and why; by method and path below the guard. Another route that joins them is a decision. */
const UNCOUNTED: Readonly<Record<string, string>> = {
  "POST /users": "lists users",
  "POST /users/count": "counts users",
  "PATCH /segments/status": "changes a segment",
  "POST /segments/manual-segment/clear": "empties a list",
  "PATCH /user-properties/status": "changes a user property",
  "PUT /broadcasts": "renames a broadcast",
  "PUT /broadcasts/archive": "puts a broadcast away",
  "PUT /broadcasts/recompute-segment": "changes nothing that is stored",
  "POST /broadcasts/start": "its messages count as they are accepted",
  "POST /broadcasts/pause": "changes a broadcast",
  "POST /broadcasts/resume": "its messages count as they are accepted",
  "POST /broadcasts/cancel": "changes a broadcast",
  "PUT /user-property-indices": "one a user property, which counts",
  "PUT /permissions": "changes a member's role",
  "PUT /settings/data-sources": "one of a kind",
  "PUT /settings/email-providers": "one of a kind",
  "PUT /settings/email-providers/default": "one in all",
  "PUT /settings/sms-providers": "one of a kind",
  "PUT /settings/sms-providers/default": "one in all",
  "PUT /settings/write-keys": "only Admins make keys",
  "PUT /secrets": "only Admins make secrets",
  "POST /admin-keys": "only Admins make keys",
  "PUT /quotas": "limits themselves",
  "POST /quotas/validate": "only looks",
  "POST /quotas/simulate": "only looks",
  "POST /quotas/held-events/admit": "events count where they are stored",
  "PUT /quotas/notifications": "one in all",
  "POST /quotas/notifications/secret": "one in all",
  "POST /quotas/notifications/test": "sends the operator's own webhook a test",
  "POST /public/single-tenant/login": "signs in",
  "POST /public/apps/alias": "answers 400 to everybody",
};

/** Make exactly one thing or fail, so that the gate may refuse before the database does. */
const EARLY = [
  "POST /content/templates",
  "POST /journeys",
  "POST /permissions",
  "POST /segments",
];

const nameOf = ({ method, url }: RouteOptions) => `${String(method)} ${url}`;
const guarded = (prefix: string) => (route: RouteOptions) =>
  route.url.startsWith(`${prefix}/`) &&
  route.config?.requiredRole !== undefined;
const isSession = (route: RouteOptions) =>
  guarded("/api")(route) && !guarded("/api/admin")(route);
const isPage = ({ url }: RouteOptions) =>
  url.startsWith("/documentation") || url === "*";

let mine: ApiWorkspace;
let other: ApiWorkspace;
const members = new Map<Role, ApiMember>();

beforeAll(async () => {
  mine = await api.workspace();
  other = await api.workspace();
  for (const role of ROLES) {
    members.set(
      role,
      await api.member({ roles: [{ workspaceId: mine.workspaceId, role }] }),
    );
  }
});

/** A request that the route's schema lets pass, for the workspace. */
async function send(
  route: RouteOptions,
  workspaceId: string,
  headers: Readonly<Record<string, string>>,
) {
  const { schema, url } = route;
  const body =
    schema?.body === undefined
      ? undefined
      : { ...sampleObject(schema.body), workspaceId };
  const query = Object.entries(sampleObject(schema?.querystring)).flatMap(
    ([name, value]) =>
      [value].flat().map((each): [string, string] => [name, String(each)]),
  );
  const parameters = new URLSearchParams([
    ...query.filter(([name]) => name !== "workspaceId"),
    ["workspaceId", workspaceId],
  ]);
  const required = sampleObject(schema?.headers);
  return api.app.inject({
    method: METHODS.find((method) => method === route.method) ?? "GET",
    url: `${url}?${parameters.toString()}`,
    headers: {
      ...Object.fromEntries(
        Object.entries(required).map(([name, value]) => [name, String(value)]),
      ),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
}

test("the routes that are open to everybody are these", () => {
  const open = api.routes.filter(
    (route) =>
      route.config?.requiredRole === undefined &&
      !isPage(route) &&
      route.method !== "HEAD" &&
      (!route.url.startsWith("/api/public/apps") ||
        route.config?.isPublic === true),
  );
  expect([...new Set(open.map(nameOf))].sort()).toEqual([...OPEN].sort());
});

test("there are routes to walk", () => {
  expect(api.routes.filter(isSession).length).toBeGreaterThan(40);
  expect(api.routes.filter(guarded("/api/admin")).length).toBeGreaterThan(30);
});

describe("who is not signed in", () => {
  test("gets 401 from every route of /api", async () => {
    for (const route of api.routes.filter(isSession)) {
      const { statusCode } = await send(route, mine.workspaceId, {});
      expect([nameOf(route), statusCode]).toEqual([nameOf(route), 401]);
    }
  });

  test("gets 401 from every route of /api/admin, also with a token of a member", async () => {
    const member = members.get("Admin");
    for (const route of api.routes.filter(guarded("/api/admin"))) {
      for (const headers of [{}, member?.headers ?? {}]) {
        const { statusCode } = await send(route, mine.workspaceId, headers);
        expect([nameOf(route), statusCode]).toEqual([nameOf(route), 401]);
      }
    }
  });

  test("gets 401 from every route of /api/public/apps", async () => {
    const routes = api.routes.filter(
      ({ url, config }) =>
        url.startsWith("/api/public/apps") && config?.isPublic !== true,
    );
    expect(routes.length).toBeGreaterThan(5);
    for (const route of routes) {
      const { statusCode } = await send(route, mine.workspaceId, {
        authorization: "Basic eDp5",
      });
      expect([nameOf(route), statusCode]).toEqual([nameOf(route), 401]);
    }
  });
});

describe("a caller of another workspace", () => {
  test("gets 403 from every route of /api", async () => {
    for (const route of api.routes.filter(isSession)) {
      const { statusCode } = await send(
        route,
        other.workspaceId,
        members.get("Admin")?.headers ?? {},
      );
      expect([nameOf(route), statusCode]).toEqual([nameOf(route), 403]);
    }
  });

  test("gets 401 from every route of /api/admin", async () => {
    const headers = { authorization: mine.headers.authorization ?? "" };
    for (const route of api.routes.filter(guarded("/api/admin"))) {
      const { statusCode } = await send(route, other.workspaceId, headers);
      expect([nameOf(route), statusCode]).toEqual([nameOf(route), 401]);
    }
  });
});

describe("a member", () => {
  test.each(ROLES)(
    "with the role %s passes where it suffices and nowhere else",
    async (role) => {
      for (const route of api.routes.filter(isSession)) {
        const requiredRole = route.config?.requiredRole ?? "Admin";
        const { statusCode, body } = await send(
          route,
          mine.workspaceId,
          members.get(role)?.headers ?? {},
        );
        const expected = isAuthorized({ userRole: role, requiredRole })
          ? "passes"
          : "is refused";
        const isRefused =
          statusCode === 403 &&
          (route.method === "HEAD" || body.includes("RoleTooLow"));
        expect([nameOf(route), isRefused ? "is refused" : "passes"]).toEqual([
          nameOf(route),
          expected,
        ]);
        expect([nameOf(route), statusCode, statusCode < 500]).toEqual([
          nameOf(route),
          statusCode,
          true,
        ]);
      }
    },
  );

  test("needs more than Viewer for whatever changes something", () => {
    const changing = api.routes.filter(
      (route) =>
        route.config?.requiredRole === "Viewer" &&
        route.method !== "GET" &&
        route.method !== "HEAD",
    );
    const names = changing.map((route) =>
      nameOf(route).replace(/ \/api(?:\/admin)?/, " "),
    );
    expect(names.filter((name) => !READING.includes(name))).toEqual([]);
  });
});

describe("a route that may create something", () => {
  const pathOf = ({ method, url }: RouteOptions) =>
    `${String(method)} ${url.replace(/^\/api(?:\/admin(?=\/))?/, "").replace(/\/$/, "")}`;
  const changing = () =>
    api.routes.filter(({ method }) =>
      ["POST", "PUT", "PATCH"].includes(String(method)),
    );

  test("says which quota it counts against, unless it is known to create nothing that counts", () => {
    const silent = changing().filter(
      (route) =>
        (route.config?.quota ?? "none") === "none" &&
        UNCOUNTED[pathOf(route)] === undefined,
    );
    expect(silent.map(nameOf)).toEqual([]);
  });

  test("is not known to create nothing and counted all the same, and the list names no route that is gone", () => {
    const uncounted = changing().filter(
      ({ config }) => (config?.quota ?? "none") === "none",
    );
    // Served in single-tenant mode alone.
    const elsewhere = ["POST /public/single-tenant/login"];
    expect([...new Set(uncounted.map(pathOf)), ...elsewhere].sort()).toEqual(
      Object.keys(UNCOUNTED).sort(),
    );
  });

  test("says so in words: none is left to chance", () => {
    const unsaid = changing().filter(
      ({ config }) => config?.quota === undefined && config?.isPublic !== true,
    );
    expect(unsaid.map(nameOf)).toEqual([]);
  });

  test("is refused early only where it makes one thing or fails", () => {
    const early = api.routes.filter(
      ({ config }) => config?.createsOne === true,
    );
    expect([...new Set(early.map(pathOf))].sort()).toEqual(EARLY);
    expect(early.every(({ method }) => method === "POST")).toBe(true);
  });

  test("documents how it refuses", async () => {
    const response = await api.inject({ url: "/documentation/json" });
    const { paths, components } = response.json<{
      paths: Record<
        string,
        Record<string, { responses?: Record<string, unknown> } | undefined>
      >;
      components: {
        responses: Record<string, unknown>;
        schemas: Record<string, unknown>;
      };
    }>();
    expect(Object.keys(components.responses)).toEqual([
      "QuotaExceeded",
      "AboveWholeQuota",
    ]);
    expect(components.schemas).toHaveProperty("QuotaProblem.properties.detail");
    const counted = api.routes.filter(
      ({ url, config }) =>
        (config?.quota ?? "none") !== "none" && !url.startsWith("/api/public/"),
    );
    expect(counted.length).toBeGreaterThan(20);
    const undocumented = counted.filter(({ url, method }) => {
      const operation = paths[url]?.[String(method).toLowerCase()];
      return (
        JSON.stringify(operation?.responses?.["429"]) !==
        '{"$ref":"#/components/responses/QuotaExceeded"}'
      );
    });
    expect(undocumented.map(nameOf)).toEqual([]);
    for (const quotas of ["/api/quotas", "/api/admin/quotas"]) {
      const answers = (path: string, method: string) =>
        Object.entries(paths[`${quotas}${path}`]?.[method]?.responses ?? {});
      const problems = answers("/validate", "post").filter(([, answer]) =>
        JSON.stringify(answer).includes('"application/problem+json"'),
      );
      expect(problems.map(([status]) => status)).toEqual(["403", "429"]);
      for (const method of ["put", "delete"]) {
        expect(answers("/", method).map(([status]) => status)).toContain("403");
      }
    }
  });
});

test("every route of the API is described", async () => {
  const response = await api.inject({ url: "/documentation/json" });
  const { openapi, paths } = response.json<{
    openapi: string;
    paths: Record<
      string,
      Record<
        string,
        { summary?: string; tags?: string[]; security?: unknown[] }
      >
    >;
  }>();
  expect(openapi).toBe("3.1.0");
  const bare = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(
        ([, { summary, tags, security }]) =>
          summary === undefined || tags === undefined || security === undefined,
      )
      .map(([method]) => `${method} ${path}`),
  );
  expect(bare).toEqual([]);
  expect(Object.keys(paths).length).toBeGreaterThan(40);
  expect(response.body).not.toMatch(/"\$ref":"(?!#)/);
});
