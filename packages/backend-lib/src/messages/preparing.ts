// What a batch of messages comes to before anything is stored: the template filled in for each recipient, who is left out,
// and who cannot be served. Owns that order and its bounds in time; leaves the texts to rendering.ts and the quota to storing.ts.

import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

import { and, eq, inArray } from "drizzle-orm";
import {
  CHANNEL_IDENTIFIERS,
  SECRET_NAMES,
} from "isomorphic-lib/src/constants";
import {
  type BadValues,
  type JsonObject,
  type MessageResult,
  type MessageTemplateDefinition,
  type NotFound,
  type SendableChannel,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { config } from "../config";
import { type Database, db } from "../db";
import { message, secret } from "../db/schema";
import { getMessageTemplates } from "../messageTemplates";
import { type Actor } from "../multitenancy/tenantContext";
import { findUnsubscribed } from "../users";
import { type MessageContent } from "./content";
import { PROVIDERS_OF } from "./providers";
import { type Renderer, rendererFor } from "./rendering";
import { UNSUBSCRIBE_VARIABLE, unsubscribeUrl } from "./unsubscribeLink";

export interface MessageRecipient {
  readonly userId: string;
  /** Of two messages with one id in a workspace the second is not accepted. Without it: a new one. */
  readonly messageId?: string;
  /** What the template calls `user`. */
  readonly properties: JsonObject;
  readonly context?: JsonObject;
}

export interface AcceptMessagesInput {
  readonly workspaceId: string;
  readonly templateId: string;
  readonly channel: SendableChannel;
  readonly recipients: readonly MessageRecipient[];
  readonly broadcastId?: string;
  readonly subscriptionGroupId?: string;
  /** Without it the workspace's default when the message is sent. */
  readonly provider?: string;
  /** Who asked for it; default: the worker. */
  readonly actor?: Actor;
  readonly requestId?: string;
}

/** What is to become of one recipient's message. */
export type Prepared =
  | {
      readonly type: "message";
      readonly userId: string;
      readonly messageId: string;
      readonly content: MessageContent & { readonly context?: JsonObject };
    }
  | {
      /** Kept as Skipped. */
      readonly type: "skipped";
      readonly result: MessageResult;
    }
  | {
      /** Not kept. */
      readonly type: "refused";
      readonly result: MessageResult;
    }
  | {
      /** The id is known: of the workspace's, or further up in the list. */
      readonly type: "known";
      readonly userId: string;
      readonly messageId: string;
    };

export interface PreparedMessages {
  readonly input: AcceptMessagesInput;
  readonly prepared: readonly Prepared[];
}

type Reader = Pick<Database, "select" | "execute">;

/** A batch takes no longer than this to fill in; the rest is to be asked for again. */
const MAX_PREPARING_MS = 20_000;

/** One address, with nothing that could make it two. */
const EMAIL_ADDRESS = /^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/;
const MAX_ADDRESS_CHARACTERS = 320;

async function readDefinition(
  reader: Reader,
  { workspaceId, templateId, channel }: AcceptMessagesInput,
): Promise<Result<MessageTemplateDefinition, NotFound | BadValues>> {
  const [template] = await getMessageTemplates(
    { workspaceId, ids: [templateId] },
    { reader },
  );
  if (template === undefined) {
    return err({
      type: "NotFound",
      message: "The workspace has no such template.",
    });
  }
  const { definition } = template;
  if (definition === undefined) {
    return err({
      type: "BadValues",
      message: "templateId: the template is a draft; publish it first",
    });
  }
  return definition.type === channel
    ? ok(definition)
    : err({
        type: "BadValues",
        message: `channel: the template is of channel ${definition.type}`,
      });
}

function providerFault({
  channel,
  provider,
}: AcceptMessagesInput): BadValues | undefined {
  const known = PROVIDERS_OF[channel];
  return provider === undefined || known.includes(provider)
    ? undefined
    : {
        type: "BadValues",
        message: `provider: there is no such provider for this channel; there ${known.length === 0 ? "is none to choose" : `are ${known.join(", ")}`}`,
      };
}

/** The user property that says where to reach a user. */
function identifierKeyOf(
  definition: MessageTemplateDefinition,
  channel: SendableChannel,
): string {
  const named =
    definition.type === "MobilePush" ? undefined : definition.identifierKey;
  if (named !== undefined && named !== "") {
    return named;
  }
  return channel === "Webhook" ? "id" : CHANNEL_IDENTIFIERS[channel];
}

/** The address that the property holds; undefined when it is none. */
function addressOf(
  value: unknown,
  channel: SendableChannel,
): string | undefined {
  const isText = typeof value === "string" || typeof value === "number";
  const text = isText ? String(value).trim() : "";
  const isAddress =
    text !== "" &&
    text.length <= MAX_ADDRESS_CHARACTERS &&
    (channel !== "Email" || EMAIL_ADDRESS.test(text));
  return isAddress ? text : undefined;
}

async function findKnown(
  reader: Reader,
  { workspaceId, recipients }: AcceptMessagesInput,
): Promise<ReadonlySet<string>> {
  const ids = recipients.flatMap(({ messageId }) => messageId ?? []);
  if (ids.length === 0) {
    return new Set();
  }
  const rows = await reader
    .select({ messageId: message.messageId })
    .from(message)
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        inArray(message.messageId, ids),
      ),
    );
  return new Set(rows.map(({ messageId }) => messageId));
}

async function findSubscriptionKey(
  reader: Reader,
  workspaceId: string,
): Promise<string | undefined> {
  const [row] = await reader
    .select({ value: secret.value })
    .from(secret)
    .where(
      and(
        eq(secret.workspaceId, workspaceId),
        eq(secret.name, SECRET_NAMES.Subscription),
      ),
    );
  return row?.value ?? undefined;
}

interface Batch {
  readonly input: AcceptMessagesInput;
  readonly render: Renderer;
  readonly identifierKey: string;
  readonly unsubscribed: ReadonlySet<string>;
  readonly subscriptionKey: string | undefined;
}

function linkVariable(
  { input, identifierKey, subscriptionKey }: Batch,
  userId: string,
  identifier: string,
): JsonObject {
  const pageUrl = config().subscriptionPageUrl;
  const { workspaceId, subscriptionGroupId } = input;
  return pageUrl === undefined || subscriptionKey === undefined
    ? {}
    : {
        [UNSUBSCRIBE_VARIABLE]: unsubscribeUrl({
          pageUrl,
          key: subscriptionKey,
          workspaceId,
          userId,
          identifier,
          identifierKey,
          subscriptionGroupId,
        }),
      };
}

async function prepareOne(
  batch: Batch,
  recipient: MessageRecipient,
  messageId: string,
): Promise<Prepared> {
  const { input, identifierKey, unsubscribed, render } = batch;
  const { userId, context } = recipient;
  const named = { userId, messageId };
  if (unsubscribed.has(userId)) {
    const error = "The user is not subscribed to the subscription group.";
    return {
      type: "skipped",
      result: { ...named, type: "Skipped", reason: "Unsubscribed", error },
    };
  }
  const user: JsonObject = { id: userId, ...recipient.properties };
  const to = addressOf(
    Object.hasOwn(user, identifierKey) ? user[identifierKey] : undefined,
    input.channel,
  );
  if (to === undefined) {
    const error = `The user's property ${identifierKey} holds no address.`;
    return {
      type: "skipped",
      result: { ...named, type: "Skipped", reason: "NoAddress", error },
    };
  }
  const content = await render(
    {
      user,
      workspace_id: input.workspaceId,
      template_id: input.templateId,
      message_id: messageId,
      subscription_group_id: input.subscriptionGroupId,
      ...linkVariable(batch, userId, to),
    },
    to,
  );
  return content.isErr()
    ? {
        type: "refused",
        result: {
          ...named,
          type: "NonRetryableError",
          reason: "RenderFailed",
          error: content.error.message,
        },
      }
    : {
        type: "message",
        ...named,
        content: {
          ...content.value,
          ...(context === undefined ? {} : { context }),
        },
      };
}

async function prepareAll(
  batch: Batch,
  known: ReadonlySet<string>,
): Promise<Prepared[]> {
  const deadline = performance.now() + MAX_PREPARING_MS;
  const seen = new Set(known);
  const prepared: Prepared[] = [];
  for (const recipient of batch.input.recipients) {
    const { userId, messageId = randomUUID() } = recipient;
    if (seen.has(messageId)) {
      prepared.push({ type: "known", userId, messageId });
    } else if (performance.now() > deadline) {
      const error =
        "The messages took too long to fill in: ask for fewer at once.";
      prepared.push({
        type: "refused",
        result: {
          userId,
          messageId,
          type: "RetryableError",
          reason: "TookTooLong",
          error,
        },
      });
    } else {
      seen.add(messageId);
      prepared.push(await prepareOne(batch, recipient, messageId));
      await nextTurn(); // whoever else is served by this process
    }
  }
  return prepared;
}

/** As prepareMessages() of the face; reads with `reader`. */
export async function prepare(
  input: AcceptMessagesInput,
  { reader = db() }: { readonly reader?: Reader } = {},
): Promise<Result<PreparedMessages, NotFound | BadValues>> {
  const { workspaceId, subscriptionGroupId, recipients } = input;
  const definition = await readDefinition(reader, input);
  if (definition.isErr()) {
    return err(definition.error);
  }
  const render = rendererFor(definition.value);
  const fault = providerFault(input);
  if (render.isErr() || fault !== undefined) {
    const unsendable = render.isErr() ? render.error.message : "";
    return err(fault ?? { type: "BadValues", message: unsendable });
  }
  const unsubscribed =
    subscriptionGroupId === undefined
      ? new Set<string>()
      : await findUnsubscribed(
          workspaceId,
          subscriptionGroupId,
          recipients.map(({ userId }) => userId),
          { reader },
        );
  if (unsubscribed === null) {
    return err({
      type: "BadValues",
      message:
        "subscriptionGroupId: no subscription group of this workspace has this id",
    });
  }
  const known = await findKnown(reader, input);
  const prepared = await prepareAll(
    {
      input,
      render: render.value,
      identifierKey: identifierKeyOf(definition.value, input.channel),
      unsubscribed,
      subscriptionKey: await findSubscriptionKey(reader, workspaceId),
    },
    known,
  );
  return ok({ input, prepared });
}
