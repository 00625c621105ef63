/**
 * Messages: asking for them in batches, and what becomes of each.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ClientId,
  JsonObject,
  Nullable,
  OptionalWorkspaceId,
  ShortText,
  Uuid,
} from "./common";

/** The channels that messages can be asked for in. */
export const SendableChannel = Type.Union([
  Type.Literal("Email"),
  Type.Literal("Sms"),
  Type.Literal("Webhook"),
]);
export type SendableChannel = Static<typeof SendableChannel>;

/** Of the last ones, `Unknown` may have been sent: its process ended in between; and `Skipped` was not. */
export const MessageState = Type.Union([
  Type.Literal("Queued"),
  Type.Literal("Sending"),
  Type.Literal("Sent"),
  Type.Literal("Failed"),
  Type.Literal("Unknown"),
  Type.Literal("Skipped"),
]);
export type MessageState = Static<typeof MessageState>;

/** How many users one request may name. */
export const MAX_BATCH_RECIPIENTS = 1_000;

/** `properties` are what the template calls `user`. A `messageId` makes the message be sent once, however often it is
 *  asked for; without one each request is another message. */
export const BatchRecipient = Type.Object({
  id: ClientId,
  messageId: Type.Optional(ClientId),
  properties: JsonObject,
  context: Type.Optional(JsonObject),
});
export type BatchRecipient = Static<typeof BatchRecipient>;

/** POST /content/templates/batch-send */
export const BatchSendRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  templateId: Uuid,
  channel: SendableChannel,
  users: Type.Array(BatchRecipient, {
    minItems: 1,
    maxItems: MAX_BATCH_RECIPIENTS,
  }),
  subscriptionGroupId: Type.Optional(Nullable(Uuid)),
  provider: Type.Optional(Nullable(ShortText)),
  context: Type.Optional(JsonObject),
});
export type BatchSendRequest = Static<typeof BatchSendRequest>;

/** `Success`: accepted, now or earlier under this messageId. `RetryableError` may be sent again as it is. */
export const MessageResultType = Type.Union([
  Type.Literal("Success"),
  Type.Literal("Skipped"),
  Type.Literal("RetryableError"),
  Type.Literal("NonRetryableError"),
]);
export type MessageResultType = Static<typeof MessageResultType>;

/** Why a message was skipped or refused: a word for programs. */
export const MessageResultReason = Type.Union([
  /** The user has left the subscription group, or never joined one that is joined. */
  Type.Literal("Unsubscribed"),
  /** The user has no address in this channel, or one that is none. */
  Type.Literal("NoAddress"),
  /** The month's messages are used up. */
  Type.Literal("QuotaExceeded"),
  /** The template cannot be filled in for this user. */
  Type.Literal("RenderFailed"),
  /** Filling in took too long for the rest of the batch. */
  Type.Literal("TookTooLong"),
  /** The messageId is that of another user's message. */
  Type.Literal("MessageIdTaken"),
  /** It was handed to the provider in vain. */
  Type.Literal("SendingFailed"),
  /** It was not handed to a provider: there is none, or the message was called back. */
  Type.Literal("NotSent"),
]);
export type MessageResultReason = Static<typeof MessageResultReason>;

/** What became of the message for one user; `error` is for people. */
export const MessageResult = Type.Object({
  userId: Type.String(),
  type: MessageResultType,
  messageId: Type.String(),
  reason: Type.Optional(MessageResultReason),
  error: Type.Optional(Type.String()),
});
export type MessageResult = Static<typeof MessageResult>;

/** 200: one result a user, in the order of the request. 429 when nothing is left of the month's messages. */
export const BatchSendResponse = Type.Object({
  results: Type.Array(MessageResult),
});
export type BatchSendResponse = Static<typeof BatchSendResponse>;
