// Who asks, as jobs remember it.

import { type AskedBy } from "backend-lib/src/broadcasts";
import { type FastifyRequest } from "fastify";

/** The request's actor and its id. */
export const askedBy = ({
  tenant,
  id,
}: Pick<FastifyRequest, "tenant" | "id">): AskedBy => ({
  actor: tenant.actor,
  requestId: id,
});
