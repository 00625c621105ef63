// FACE of quotas/: the routes of /quotas. What a workspace may have, what it has, and what becomes of what had no room. The
// rules are in backend-lib's multitenancy/resourceQuotas.ts; here they get their status codes.

import { type FastifyInstance } from "fastify";

import { heldEventRoutes } from "./quotas/heldEventRoutes";
import { limitRoutes } from "./quotas/limitRoutes";
import { lookRoutes } from "./quotas/lookRoutes";
import { notificationRoutes } from "./quotas/notificationRoutes";

export default async function quotasController(
  fastify: FastifyInstance,
): Promise<void> {
  limitRoutes(fastify);
  lookRoutes(fastify);
  heldEventRoutes(fastify);
  notificationRoutes(fastify);
}
