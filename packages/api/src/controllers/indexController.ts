// Is it there, does it live, can it work: /api, /api/health/live and /api/health/ready. Open to everybody, so it tells no more
// than that. What readiness means is handed in by buildApp.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { type FastifyInstance } from "fastify";
import {
  LivenessResponse,
  ReadinessResponse,
  VersionResponse,
} from "isomorphic-lib/src/types";

export interface IndexControllerOptions {
  readonly version: string;
  readonly readiness: () => Promise<{
    readonly isConnected: boolean;
    readonly isMigrated: boolean;
  }>;
  /** Whether the cache hears what changes; null when there is no cache. */
  readonly isCacheListening: () => boolean | null;
}

function cacheCheck(isListening: boolean) {
  return isListening
    ? { status: "ok" as const }
    : {
        status: "failed" as const,
        message:
          "Changes in the database are not heard, so everything is read from the database itself.",
      };
}

export default async function indexController(
  fastify: FastifyInstance,
  { version, readiness, isCacheListening }: IndexControllerOptions,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "The version of this server",
        tags: ["Health"],
        response: { 200: VersionResponse },
      },
    },
    async () => ({ version }),
  );

  app.get(
    "/health/live",
    {
      schema: {
        summary: "Whether the process answers",
        description: "For a supervisor: when this fails, start it anew.",
        tags: ["Health"],
        response: { 200: LivenessResponse },
      },
    },
    async () => ({ status: "ok" as const }),
  );

  app.get(
    "/health/ready",
    {
      schema: {
        summary: "Whether requests can be served",
        description:
          "For a load balancer: 503 until the database is reachable and migrated. A cache that failed costs time only: the server is ready without it.",
        tags: ["Health"],
        response: { 200: ReadinessResponse, 503: ReadinessResponse },
      },
    },
    async (_request, reply) => {
      const { isConnected, isMigrated } = await readiness();
      const isReady = isConnected && isMigrated;
      const isListening = isCacheListening();
      return reply.status(isReady ? 200 : 503).send({
        status: isReady ? "ready" : "unavailable",
        checks: {
          database: isConnected
            ? { status: "ok" }
            : { status: "failed", message: "The database cannot be reached." },
          migrations: isMigrated
            ? { status: "ok" }
            : {
                status: "failed",
                message: isConnected
                  ? "The database is not migrated yet."
                  : "Not known without the database.",
              },
          ...(isListening === null ? {} : { cache: cacheCheck(isListening) }),
        },
      });
    },
  );
}
