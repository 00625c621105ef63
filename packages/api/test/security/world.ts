// What a workspace holds that somebody else could name: the ids, names and addresses of one resource of each kind. Owns making
// such a world over HTTP, as its own admin would, and one that exists nowhere, of the same shapes.

import { randomUUID } from "node:crypto";

import {
  eventJourney,
  manualSegment,
  smsTemplate,
  traitSegment,
} from "backend-lib/test/definitions";
import { isRecord } from "isomorphic-lib/src/typeAssertions";

import { type Api, type ApiWorkspace } from "../useApi";

export interface World {
  readonly workspaceId: string;
  /** Part of every text that this world holds, and of none that another does. */
  readonly tag: string;
  readonly segmentId: string;
  readonly manualSegmentId: string;
  readonly journeyId: string;
  readonly templateId: string;
  readonly userPropertyId: string;
  readonly subscriptionGroupId: string;
  readonly emailProviderId: string;
  readonly smsProviderId: string;
  readonly secretId: string;
  readonly adminApiKeyId: string;
  readonly broadcastId: string;
  /** Of version 1. */
  readonly oldBroadcastId: string;
  readonly userId: string;
  readonly messageId: string;
  readonly email: string;
  readonly writeKeyName: string;
  readonly secretName: string;
}

const textsOf = (tag: string) => ({
  tag,
  userId: `user-${tag}`,
  messageId: `message-${tag}`,
  email: `member-${tag}@example.com`,
  writeKeyName: `write-key-${tag}`,
  secretName: `secret-${tag}`,
});

/** A tag that cannot occur by chance. */
export const newTag = (): string => randomUUID().replaceAll("-", "");

/** Ids that no workspace has, and texts that none has either unless somebody used the tag before. */
export function nowhere(tag: string): World {
  return {
    ...textsOf(tag),
    workspaceId: randomUUID(),
    segmentId: randomUUID(),
    manualSegmentId: randomUUID(),
    journeyId: randomUUID(),
    templateId: randomUUID(),
    userPropertyId: randomUUID(),
    subscriptionGroupId: randomUUID(),
    emailProviderId: randomUUID(),
    smsProviderId: randomUUID(),
    secretId: randomUUID(),
    adminApiKeyId: randomUUID(),
    broadcastId: randomUUID(),
    oldBroadcastId: randomUUID(),
  };
}

/** Fills the workspace with one resource of each kind. Its admin key must be valid; throws when a call is refused. */
export async function makeWorld(
  api: Api,
  workspace: ApiWorkspace,
): Promise<World> {
  const { workspaceId, headers } = workspace;
  const texts = textsOf(newTag());
  const { tag } = texts;
  const send = async (
    method: "PUT" | "POST",
    url: string,
    payload: object,
    authorization = headers.authorization ?? "",
  ): Promise<string> => {
    const response = await api.inject({
      method,
      url,
      headers: { ...headers, authorization },
      payload,
    });
    if (response.statusCode >= 300) {
      throw new Error(
        `${method} ${url}: ${response.statusCode} ${response.body}`,
      );
    }
    const answer: unknown =
      response.body === "" ? undefined : response.json<unknown>();
    return isRecord(answer) && typeof answer.id === "string" ? answer.id : "";
  };
  const put = (path: string, payload: object) =>
    send("PUT", `/api/admin${path}`, payload);
  const one = async (sql: string): Promise<string> => {
    const { rows } = await api.env.owner.query<{ id: string }>(sql, [
      workspaceId,
    ]);
    return rows[0]?.id ?? "";
  };

  const segmentId = await put("/segments", {
    name: `segment-${tag}`,
    definition: traitSegment(`value-${tag}`),
  });
  const manualSegmentId = await put("/segments", {
    name: `manual-${tag}`,
    definition: manualSegment(),
  });
  const journeyId = await put("/journeys", {
    name: `journey-${tag}`,
    definition: eventJourney(),
  });
  const templateId = await put("/content/templates", {
    name: `template-${tag}`,
    definition: smsTemplate(),
  });
  const userPropertyId = await put("/user-properties", {
    name: `property-${tag}`,
    definition: { type: "Trait", path: `path-${tag}` },
  });
  const subscriptionGroupId = await put("/subscription-groups", {
    name: `group-${tag}`,
    channel: "Email",
    type: "OptIn",
  });
  await put("/settings/email-providers", {
    config: { type: "SendGrid", apiKey: `api-key-${tag}` },
    setDefault: true,
  });
  await put("/settings/sms-providers", {
    config: { type: "Twilio", authToken: `token-${tag}` },
    setDefault: true,
  });
  await put("/settings/data-sources", {
    variant: { type: "SegmentIO", sharedSecret: `shared-${tag}` },
  });
  await put("/quotas/notifications", {
    webhookUrl: `https://webhook.invalid/hook-${tag}`, // a host that never exists: RFC 6761
  });
  await put("/settings/write-keys", { writeKeyName: texts.writeKeyName });
  await send(
    "POST",
    "/api/public/apps/identify",
    {
      messageId: texts.messageId,
      userId: texts.userId,
      traits: { plan: `plan-${tag}` },
    },
    workspace.writeKey,
  );
  const broadcastId = await put("/broadcasts/v2", {
    name: `broadcast-${tag}`,
    segmentId,
    messageTemplateId: templateId,
    config: { type: "V2", message: { type: "Sms" } },
  });
  const { rows } = await api.env.owner.query<{ id: string; keyId: string }>(
    `WITH secret AS (
       INSERT INTO "Secret" ("workspaceId", "name", "value", "updatedAt") VALUES ($1, $2, $3, now()) RETURNING "id"
     ), member AS (
       INSERT INTO "WorkspaceMember" ("email", "emailVerified", "updatedAt") VALUES ($4, true, now()) RETURNING "id"
     ), role AS (
       INSERT INTO "WorkspaceMemberRole" ("workspaceId", "workspaceMemberId", "role", "updatedAt") SELECT $1, "id", 'Viewer', now() FROM member
     ), index AS (
       INSERT INTO "UserPropertyIndex" ("workspaceId", "userPropertyId", "type", "updatedAt") VALUES ($1, $5, 'String', now())
     )
     SELECT "id" FROM secret`,
    [
      workspaceId,
      texts.secretName,
      `hidden-${tag}`,
      texts.email,
      userPropertyId,
    ],
  );
  const { rows: keys } = await api.env.owner.query<{ id: string }>(
    `WITH secret AS (
       INSERT INTO "Secret" ("workspaceId", "name", "configValue", "updatedAt") VALUES ($1, $2, $3, now()) RETURNING "id"
     )
     INSERT INTO "AdminApiKey" ("workspaceId", "name", "secretId", "updatedAt") SELECT $1, $2, "id", now() FROM secret RETURNING "id"`,
    [
      workspaceId,
      `df-admin-api-key-${tag}`,
      { type: "AdminApiKey", key: `key-${tag}`, permissions: ["Admin"] },
    ],
  );
  return {
    ...texts,
    workspaceId,
    segmentId,
    manualSegmentId,
    journeyId,
    templateId,
    userPropertyId,
    subscriptionGroupId,
    emailProviderId: await one(
      'SELECT "id" FROM "EmailProvider" WHERE "workspaceId" = $1',
    ),
    smsProviderId: await one(
      'SELECT "id" FROM "SmsProvider" WHERE "workspaceId" = $1',
    ),
    secretId: rows[0]?.id ?? "",
    adminApiKeyId: keys[0]?.id ?? "",
    broadcastId,
    oldBroadcastId: await one(
      `INSERT INTO "Broadcast" ("workspaceId", "name", "updatedAt") VALUES ($1, 'old-' || gen_random_uuid(), now()) RETURNING "id"`,
    ),
  };
}
