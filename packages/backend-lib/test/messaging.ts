// Workspaces that send messages, for tests: templates, providers, limits, and what became of what was sent.

import { randomUUID } from "node:crypto";

import { upsertEmailProvider } from "../src/messageProviders";
import {
  acceptMessages,
  type AcceptMessagesInput,
  type MessageRecipient,
} from "../src/messages";
import { upsertMessageTemplate } from "../src/messageTemplates";
import { type TenantEnv } from "./tenantEnv";

export interface MessageRow extends Record<string, unknown> {
  readonly id: string;
  readonly messageId: string;
  readonly userId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly content: Record<string, unknown>;
}

/** A small e-mail that greets the user by name. */
export const GREETING = {
  type: "Email",
  from: "Acme <hello@acme.example>",
  subject: "Hello {{ user.name | default: 'you' }}",
  body: "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ user.name }}</mj-text></mj-column></mj-section></mj-body></mjml>",
} as const;

/** `count` users with an address each. */
export function recipients(count: number, prefix = "u"): MessageRecipient[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: `${prefix}${index}`,
    messageId: `${prefix}-m${index}`,
    properties: { email: `${prefix}${index}@example.com` },
  }));
}

/** The helper's members for the database of `env`. */
export function messagingOf(env: TenantEnv) {
  async function makeTemplate(
    workspaceId: string,
    definition: Parameters<typeof upsertMessageTemplate>[0]["definition"],
  ): Promise<string> {
    const made = await env.as(workspaceId, () =>
      upsertMessageTemplate({ workspaceId, name: randomUUID(), definition }),
    );
    if (made.isErr()) {
      throw new Error(made.error.message);
    }
    return made.value.id;
  }

  return {
    makeTemplate,

    /** A workspace with a template, whose e-mail goes through `provider`. */
    async sender(
      config: Parameters<typeof upsertEmailProvider>[0]["config"] = {
        type: "Test",
      },
    ) {
      const workspaceId = await env.createWorkspace();
      await env.as(workspaceId, () =>
        upsertEmailProvider({ workspaceId, config, setDefault: true }),
      );
      const templateId = await makeTemplate(workspaceId, GREETING);
      return { workspaceId, templateId };
    },

    accept(
      input: Omit<AcceptMessagesInput, "channel"> &
        Partial<Pick<AcceptMessagesInput, "channel">>,
    ) {
      return env.as(input.workspaceId, () =>
        acceptMessages({ channel: "Email", ...input }),
      );
    },

    /** The limit of messages a month; null: unlimited. */
    async limit(workspaceId: string, amount: number | null): Promise<void> {
      await env.owner.query(
        `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'messages', 'limit', $2)
         ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
        [workspaceId, amount],
      );
    },

    /** What the counter says, of all months. */
    async used(workspaceId: string): Promise<number> {
      const { rows } = await env.owner.query<{ used: number }>(
        `SELECT coalesce(sum("used"), 0)::integer AS "used" FROM "WorkspaceUsage"
          WHERE "workspaceId" = $1 AND "resourceType" = 'messages' AND NOT "isPool"`,
        [workspaceId],
      );
      return rows[0]?.used ?? 0;
    },

    /** In the order in which they were accepted. */
    async messages(workspaceId: string): Promise<MessageRow[]> {
      const { rows } = await env.owner.query<MessageRow>(
        `SELECT "id", "messageId", "userId", "state"::text, "reason", "attempts"::integer, "content", "period"::text
           FROM "Message" WHERE "workspaceId" = $1 ORDER BY "id"`,
        [workspaceId],
      );
      return rows;
    },

    /** Whether a message waits that could be sent now. */
    async isDue(workspaceId: string): Promise<boolean> {
      const { rowCount } = await env.owner.query(
        `SELECT 1 FROM "Message" WHERE "workspaceId" = $1 AND "state" = 'Queued' AND "runAt" <= now() LIMIT 1`,
        [workspaceId],
      );
      return rowCount === 1;
    },

    /** As time passes: every message and every job is due. */
    async letTimePass(): Promise<void> {
      await env.owner.query(
        `UPDATE "Message" SET "runAt" = now() - interval '1 second' WHERE "state" IN ('Queued', 'Sending')`,
      );
      await env.owner.query(
        `UPDATE "TenantJob" SET "runAt" = now() - interval '1 second', "leaseId" = NULL WHERE "state" = 'Waiting'`,
      );
    },
  };
}
