// A server that is stopping: what still comes over a connection that was kept open is told to go elsewhere. Owns that answer
// only; what is under way already is answered as ever, and scripts/ decide how long that may take.

import { type FastifyInstance } from "fastify";

import { refuse } from "./errorReply";

/** From the moment that the app is told to close, every new request is a 503 that ends its connection. */
export function refuseWhileClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
  });
  app.addHook("onRequest", async (_request, reply) => {
    if (isClosing) {
      return refuse(reply.header("connection", "close"), {
        type: "TenantPoolDraining",
        message: "The server is shutting down. Try again in 1 s.",
        retryAfterSeconds: 1,
      });
    }
    return undefined;
  });
}
