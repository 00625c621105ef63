// Workspaces with users and a broadcast to them, for tests: text messages, which are quick to fill in. Owns no assertions.

import { randomUUID } from "node:crypto";

import {
  type BroadcastConfig,
  type BroadcastResourceV2,
  type SegmentDefinition,
} from "isomorphic-lib/src/types";

import {
  type AskedBy,
  cancelBroadcast,
  getBroadcasts,
  pauseBroadcast,
  resumeBroadcast,
  startBroadcast,
  upsertBroadcast,
} from "../src/broadcasts";
import { upsertSmsProvider } from "../src/messageProviders";
import { upsertSegment } from "../src/segments";
import { upsertUserProperty } from "../src/userProperties";
import { messagingOf } from "./messaging";
import { type TenantEnv } from "./tenantEnv";

export const BY: AskedBy = {
  actor: { type: "member", id: "mia" },
  requestId: "r1",
};

export const SMS: BroadcastConfig = { type: "V2", message: { type: "Sms" } };

/** The helper's members for the database of `env`. */
export function broadcastingOf(env: TenantEnv) {
  const messaging = messagingOf(env);

  async function addUsers(
    workspaceId: string,
    count: number,
    { prefix = "u", traits = {} }: { prefix?: string; traits?: object } = {},
  ): Promise<void> {
    await env.owner.query(
      `INSERT INTO "WorkspaceUser" ("workspaceId", "userId", "traits")
       SELECT $1, $2 || lpad(n::text, 5, '0'), $4::jsonb || jsonb_build_object('phone', '+1555' || lpad(n::text, 7, '0'))
         FROM generate_series(1, $3) AS n`,
      [workspaceId, prefix, count, JSON.stringify(traits)],
    );
  }

  return {
    ...messaging,
    addUsers,
    used: (workspaceId: string) => messaging.used(workspaceId),

    /** A workspace with a provider that only records, a template, and so many users with a number each. */
    audience: async (count: number, body = "Hello {{ user.phone }}") => {
      const workspaceId = await env.createWorkspace();
      await env.as(workspaceId, async () => {
        await upsertSmsProvider({
          workspaceId,
          config: { type: "Test" },
          setDefault: true,
        });
        await upsertUserProperty({
          workspaceId,
          name: "phone",
          definition: { type: "Trait", path: "phone" },
        });
      });
      const templateId = await messaging.makeTemplate(workspaceId, {
        type: "Sms",
        body,
      });
      await addUsers(workspaceId, count);
      return { workspaceId, templateId };
    },

    segment: async (
      workspaceId: string,
      definition: SegmentDefinition,
    ): Promise<string> => {
      const made = await env.as(workspaceId, () =>
        upsertSegment({ workspaceId, name: randomUUID(), definition }),
      );
      return made._unsafeUnwrap().id;
    },

    /** A Draft. */
    draft: async (
      { workspaceId, templateId }: { workspaceId: string; templateId: string },
      {
        config = {},
        ...rest
      }: Partial<
        Omit<Parameters<typeof upsertBroadcast>[0], "workspaceId" | "config">
      > & { config?: Partial<BroadcastConfig> } = {},
    ): Promise<string> => {
      const made = await env.as(workspaceId, () =>
        upsertBroadcast(
          {
            workspaceId,
            name: randomUUID(),
            messageTemplateId: templateId,
            config: { ...SMS, ...config },
            ...rest,
          },
          BY,
        ),
      );
      return made._unsafeUnwrap().id;
    },

    move: async (
      workspaceId: string,
      broadcastId: string,
      to: "start" | "pause" | "resume" | "cancel",
    ) => {
      const meant = { workspaceId, broadcastId };
      const moves = {
        start: () => startBroadcast(meant, BY),
        pause: () => pauseBroadcast(meant),
        resume: () => resumeBroadcast(meant, BY),
        cancel: () => cancelBroadcast(meant),
      };
      return env.as(workspaceId, async () => {
        const moved = await moves[to]();
        return moved.map(() => to);
      });
    },

    look: async (
      workspaceId: string,
      id: string,
    ): Promise<BroadcastResourceV2> => {
      const [found] = await env.as(workspaceId, () =>
        getBroadcasts({ workspaceId, ids: [id] }),
      );
      if (found?.version !== "V2") {
        throw new Error("there is no such broadcast of version 2");
      }
      return found;
    },

    /** How many messages there are in each state. */
    states: async (workspaceId: string): Promise<Record<string, number>> => {
      const { rows } = await env.owner.query<{ state: string; count: number }>(
        `SELECT "state"::text, count(*)::integer AS "count" FROM "Message" WHERE "workspaceId" = $1 GROUP BY 1`,
        [workspaceId],
      );
      return Object.fromEntries(rows.map((row) => [row.state, row.count]));
    },
  };
}
