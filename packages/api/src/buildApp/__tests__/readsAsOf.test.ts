// As of when a request's cached reads are: of a GET, its beginning, so that they share the one turn that finding out who calls
// took; of what may write, each its own, so that it sees what it wrote.

import { currentTenant } from "backend-lib/src/multitenancy/tenantContext";
import Fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";

import { useApi } from "../../../test/useApi";
import { sessionAuthentication } from "../authentication";
import { sessionContext } from "../requestContext";
import { decorateTenant } from "../requestTenant";

const api = useApi();
const settings = {
  authMode: "anonymous",
  allowAnonymousRemote: false,
  host: "127.0.0.1",
} as const;

const app = Fastify();
beforeAll(async () => {
  decorateTenant(app);
  app.addHook("preHandler", sessionAuthentication(settings));
  app.addHook("preHandler", sessionContext(settings));
  app.route({
    method: ["GET", "HEAD", "POST", "PUT", "DELETE"],
    url: "/",
    handler: async (_request, reply) => {
      const asOf = currentTenant()?.readsAsOf;
      return reply.header("as-of", String(asOf)).send();
    },
  });
  await app.ready();
});
afterAll(() => app.close());

test("a request that only reads does so as of its beginning, any other as of each read", async () => {
  const { workspaceId } = await api.workspace();
  const asOf = async (method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE") => {
    const reply = await app.inject({
      method,
      url: "/",
      headers: { "df-workspace-id": workspaceId },
    });
    expect(reply.statusCode).toBe(200);
    return reply.headers["as-of"];
  };
  for (const method of ["GET", "HEAD"] as const) {
    const before = performance.now();
    const moment = Number(await asOf(method));
    expect(moment).toBeGreaterThanOrEqual(before);
    expect(moment).toBeLessThanOrEqual(performance.now());
  }
  for (const method of ["POST", "PUT", "DELETE"] as const) {
    expect(await asOf(method)).toBe("undefined");
  }
});
