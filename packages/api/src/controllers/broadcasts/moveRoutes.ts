// POST /broadcasts/start, /pause, /resume and /cancel: from one status to the next. 404 for what is no V2 broadcast of the
// workspace, 400 for a move that does not exist.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  type AskedBy,
  type BroadcastMoveError,
  cancelBroadcast,
  pauseBroadcast,
  resumeBroadcast,
  startBroadcast,
} from "backend-lib/src/broadcasts";
import { type FastifyInstance } from "fastify";
import {
  BaseMessageResponse,
  BroadcastRequest,
} from "isomorphic-lib/src/types";
import { type Result } from "neverthrow";

import { askedBy } from "./askedBy";

interface Meant {
  readonly workspaceId: string;
  readonly broadcastId: string;
}

interface Move {
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Answers what to say. */
  readonly run: (
    meant: Meant,
    by: AskedBy,
  ) => Promise<Result<string, BroadcastMoveError>>;
}

const MOVES: readonly Move[] = [
  {
    path: "/start",
    summary: "Start a broadcast",
    description:
      "A Draft becomes Running, or Scheduled when its scheduledAt is still to come. Who belongs to its segment is computed as it begins. Its messages count against the month's: when those are used up it is Paused, and `progress` says how many users are left.",
    run: async (meant, by) =>
      (await startBroadcast(meant, by)).map((status) =>
        status === "Scheduled"
          ? "The broadcast is scheduled."
          : "The broadcast is running.",
      ),
  },
  {
    path: "/pause",
    summary: "Pause a broadcast",
    description:
      "A Running one accepts no more messages. Those that were accepted already go on being sent: cancel it to call them back.",
    run: async (meant) =>
      (await pauseBroadcast(meant)).map(() => "The broadcast is paused."),
  },
  {
    path: "/resume",
    summary: "Resume a broadcast",
    description:
      "A Paused one goes on where it stopped: nobody gets its message twice, and none counts twice.",
    run: async (meant, by) =>
      (await resumeBroadcast(meant, by)).map(() => "The broadcast is running."),
  },
  {
    path: "/cancel",
    summary: "Cancel a broadcast",
    description:
      "For good, unless it has ended. Its messages that were not yet handed to a provider are called back, and do not count any more.",
    run: async (meant) =>
      (await cancelBroadcast(meant)).map(
        (count) =>
          `The broadcast is cancelled; ${count} of its messages were called back.`,
      ),
  },
];

export function moveRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();
  for (const { path, summary, description, run } of MOVES) {
    app.post(
      path,
      {
        schema: {
          summary,
          description: `${description} 400 when its status does not allow it, 404 when the workspace has no such broadcast of version 2.`,
          tags: ["Broadcasts"],
          body: BroadcastRequest,
          response: { 200: BaseMessageResponse },
        },
        config: { requiredRole: "Author", quota: "none" },
      },
      async (request, reply) => {
        const { workspaceId } = request.tenant;
        const { broadcastId } = request.body;
        const moved = await run({ workspaceId, broadcastId }, askedBy(request));
        if (moved.isOk()) {
          return reply.status(200).send({ message: moved.value });
        }
        return moved.error.type === "NotFound"
          ? reply.status(404).send({ message: moved.error.message })
          : reply.status(400).send(moved.error);
      },
    );
  }
}
