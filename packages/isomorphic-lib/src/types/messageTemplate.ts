/**
 * Message templates of every channel, and the requests and answers of /content/templates.
 * The JSON inside a webhook's body is checked in `messageTemplateDefinition.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import { opaqueSchema } from "../opaqueSchema";
import {
  BadValues,
  IdError,
  InvalidDefinition,
  UniqueConstraintViolation,
} from "./apiError";
import {
  ChannelType,
  JsonObject,
  LongText,
  Nullable,
  OptionalWorkspaceId,
  ReferenceId,
  ResourceName,
  ResourceType,
  ShortText,
  UnixMilliseconds,
  Uuid,
  UuidList,
} from "./common";

/** A mark on a text of the e-mail editor: bold, a link. */
export const LowCodeMark = Type.Object({
  type: Type.String({ maxLength: 100 }),
  attrs: Type.Optional(JsonObject),
});
export type LowCodeMark = Static<typeof LowCodeMark>;

/** A node of the e-mail editor's document. How deep it nests is bounded by the check of the whole body
 *  (MAX_JSON_DEPTH). */
export const LowCodeNode = Type.Recursive(
  (Self) =>
    Type.Object({
      type: Type.Optional(Type.String({ maxLength: 100 })),
      attrs: Type.Optional(JsonObject),
      content: Type.Optional(Type.Array(Self, { maxItems: 10_000 })),
      marks: Type.Optional(Type.Array(LowCodeMark, { maxItems: 100 })),
      text: Type.Optional(LongText),
    }),
  { $id: "LowCodeNode" },
);
export type LowCodeNode = Static<typeof LowCodeNode>;

/** The whole document: its root node. */
export const LowCodeDocument = opaqueSchema("LowCodeDocument", LowCodeNode, {
  description:
    "A document of nodes: { type?, attrs?, content?: node[], marks?: { type, attrs? }[], text? }",
});
export type LowCodeDocument = Static<typeof LowCodeDocument>;

/** The user property that says where to send to; empty or absent: the channel's own. */
const identifierKey = Type.Optional(ReferenceId);

const emailHeaderFields = {
  type: Type.Literal("Email"),
  from: ShortText,
  subject: ShortText,
  replyTo: Type.Optional(ShortText),
  cc: Type.Optional(ShortText),
  bcc: Type.Optional(ShortText),
  name: Type.Optional(ShortText),
  headers: Type.Optional(
    Type.Array(
      Type.Object({ name: Type.String({ maxLength: 255 }), value: ShortText }),
      { maxItems: 100 },
    ),
  ),
  attachmentUserProperties: Type.Optional(
    Type.Array(ReferenceId, { maxItems: 100 }),
  ),
  identifierKey,
};

/** An e-mail written as MJML or HTML. */
export const CodeEmailTemplate = Type.Object({
  ...emailHeaderFields,
  emailContentsType: Type.Optional(Type.Literal("Code")),
  body: LongText,
});
export type CodeEmailTemplate = Static<typeof CodeEmailTemplate>;

/** An e-mail drawn in the editor. */
export const LowCodeEmailTemplate = Type.Object({
  ...emailHeaderFields,
  emailContentsType: Type.Literal("LowCode"),
  body: LowCodeDocument,
});
export type LowCodeEmailTemplate = Static<typeof LowCodeEmailTemplate>;

export const EmailTemplateResource = Type.Union([
  CodeEmailTemplate,
  LowCodeEmailTemplate,
]);
export type EmailTemplateResource = Static<typeof EmailTemplateResource>;

export const SmsTemplateResource = Type.Object({
  type: Type.Literal("Sms"),
  body: LongText,
  identifierKey,
});
export type SmsTemplateResource = Static<typeof SmsTemplateResource>;

/** `body` is the JSON text of a WebhookTemplateBody, with Liquid in it. */
export const WebhookTemplateResource = Type.Object({
  type: Type.Literal("Webhook"),
  identifierKey: ReferenceId,
  body: LongText,
});
export type WebhookTemplateResource = Static<typeof WebhookTemplateResource>;

const StringMap = Type.Record(Type.String(), ShortText, {
  maxProperties: 1000,
});

/** The HTTP request that a webhook template makes. */
export const WebhookConfig = Type.Object({
  url: Type.Optional(ShortText),
  method: Type.Optional(Type.String({ maxLength: 20 })),
  headers: Type.Optional(StringMap),
  params: Type.Optional(JsonObject),
  data: Type.Optional(Type.Unknown()),
  responseType: Type.Optional(
    Type.Union([Type.Literal("json"), Type.Literal("text")]),
  ),
});
export type WebhookConfig = Static<typeof WebhookConfig>;

/** `secret` is laid over `config` when sending, and shown to nobody. */
export const WebhookTemplateBody = Type.Object({
  config: WebhookConfig,
  secret: Type.Optional(WebhookConfig),
});
export type WebhookTemplateBody = Static<typeof WebhookTemplateBody>;

export const MobilePushTemplateResource = Type.Object({
  type: Type.Literal("MobilePush"),
  title: Type.Optional(ShortText),
  body: Type.Optional(LongText),
  imageUrl: Type.Optional(ShortText),
  android: Type.Optional(
    Type.Object({
      notification: Type.Object({ channelId: Type.Optional(ShortText) }),
    }),
  ),
});
export type MobilePushTemplateResource = Static<
  typeof MobilePushTemplateResource
>;

export const MessageTemplateDefinition = Type.Union([
  CodeEmailTemplate,
  LowCodeEmailTemplate,
  SmsTemplateResource,
  WebhookTemplateResource,
  MobilePushTemplateResource,
]);
export type MessageTemplateDefinition = Static<
  typeof MessageTemplateDefinition
>;

/** As the API answers with it. */
export const StoredMessageTemplateDefinition = opaqueSchema(
  "StoredMessageTemplateDefinition",
  MessageTemplateDefinition,
  {
    description:
      "A MessageTemplateDefinition, as in the request that stores it.",
  },
);
export type StoredMessageTemplateDefinition = Static<
  typeof StoredMessageTemplateDefinition
>;

/** `type` is the channel of the definition, or of the draft when there is no definition. */
export const MessageTemplateResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  type: ChannelType,
  definition: Type.Optional(StoredMessageTemplateDefinition),
  draft: Type.Optional(StoredMessageTemplateDefinition),
  createdAt: Type.Optional(UnixMilliseconds),
  updatedAt: UnixMilliseconds,
});
export type MessageTemplateResource = Static<typeof MessageTemplateResource>;

/** GET /content/templates, in the query */
export const GetMessageTemplatesRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  ids: Type.Optional(UuidList),
  resourceType: Type.Optional(ResourceType),
});
export type GetMessageTemplatesRequest = Static<
  typeof GetMessageTemplatesRequest
>;

export const GetMessageTemplatesResponse = Type.Object({
  templates: Type.Array(MessageTemplateResource),
});
export type GetMessageTemplatesResponse = Static<
  typeof GetMessageTemplatesResponse
>;

/** PUT /content/templates → 200 MessageTemplateResource. Found by `id` if given, else by `name`; a new one needs a
 *  definition or a draft. `draft: null` clears the draft. */
export const UpsertMessageTemplateResource = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  id: Type.Optional(Uuid),
  definition: Type.Optional(MessageTemplateDefinition),
  draft: Type.Optional(Nullable(MessageTemplateDefinition)),
  resourceType: Type.Optional(ResourceType),
});
export type UpsertMessageTemplateResource = Static<
  typeof UpsertMessageTemplateResource
>;

/** POST /content/templates → 201 MessageTemplateResource; 409 when the name or id is taken. */
export const CreateMessageTemplateRequest = UpsertMessageTemplateResource;
export type CreateMessageTemplateRequest = Static<
  typeof CreateMessageTemplateRequest
>;

/** The template is to be sent to a user property that does not exist. */
export const InvalidIdentifierKey = Type.Object({
  type: Type.Literal("InvalidIdentifierKey"),
  message: Type.String(),
  identifierKey: Type.String(),
});
export type InvalidIdentifierKey = Static<typeof InvalidIdentifierKey>;

export const UpsertMessageTemplateError = Type.Union([
  IdError,
  UniqueConstraintViolation,
  InvalidIdentifierKey,
  BadValues,
  InvalidDefinition,
]);
export type UpsertMessageTemplateError = Static<
  typeof UpsertMessageTemplateError
>;

/** DELETE /content/templates (in the body) and /content/templates/v2 (in the query) → 204; 404, also when the template
 *  is of another channel. */
export const DeleteMessageTemplateRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Uuid,
  type: ChannelType,
});
export type DeleteMessageTemplateRequest = Static<
  typeof DeleteMessageTemplateRequest
>;
