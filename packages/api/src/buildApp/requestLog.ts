// One line in the log for each request, when it is answered or abandoned. Owns what that line holds: never a body, a query,
// a header or a key.

import {
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from "fastify";

import { REQUEST_ID_HEADER } from "./requestId";
import { findTenant } from "./requestTenant";
import { routePattern } from "./routeConfig";

/** Fastify's own lines are not written: they would be two or three a request. */
export function silentLogController(): LogController {
  return new LogController({
    disableRequestLogging: true,
    requestIdLogLabel: "requestId",
  });
}

function factsOf(request: FastifyRequest): object {
  const tenant = findTenant(request);
  return {
    method: request.method,
    // The pattern, not the URL: that one may hold ids of users, search terms or signatures.
    route: routePattern(request) ?? null,
    ...(tenant === undefined
      ? {}
      : {
          workspaceId: tenant.workspaceId,
          actorType: tenant.actor.type,
          actorId: tenant.actor.id,
        }),
  };
}

/** Writes the line, and echoes the request's id in a header. */
export function logRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        ...factsOf(request),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      "request",
    );
  });
  app.addHook("onRequestAbort", async (request) => {
    request.log.info(factsOf(request), "request abandoned by the client");
  });
}
