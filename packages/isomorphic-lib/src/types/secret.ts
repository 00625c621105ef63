/**
 * Secrets of a workspace and the routes of /api/secrets; the credentials of message providers that are kept in them.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  IdRequest,
  JsonObject,
  OptionalWorkspaceId,
  ResourceName,
  ShortText,
  Uuid,
} from "./common";

/** `id` is what DELETE asks for; Dittofeed does not show it. */
export const SecretResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  value: Type.String(),
});
export type SecretResource = Static<typeof SecretResource>;

/** GET /secrets, in the query */
export const ListSecretsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  names: Type.Optional(Type.Array(ResourceName, { maxItems: 1000 })),
});
export type ListSecretsRequest = Static<typeof ListSecretsRequest>;

/** 200, a bare array; secrets that have only a `configValue` are left out. */
export const ListSecretsResponse = Type.Array(SecretResource);
export type ListSecretsResponse = Static<typeof ListSecretsResponse>;

/** PUT /secrets → 204. `configValue` is merged into the one before, key by key. */
export const UpsertSecretRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  value: Type.Optional(ShortText),
  configValue: Type.Optional(JsonObject),
});
export type UpsertSecretRequest = Static<typeof UpsertSecretRequest>;

/** DELETE /secrets, in the query → 204; 404 */
export const DeleteSecretRequest = IdRequest;
export type DeleteSecretRequest = Static<typeof DeleteSecretRequest>;

const text = Type.Optional(ShortText);

export const SendGridSecret = Type.Object({
  type: Type.Literal("SendGrid"),
  apiKey: text,
  webhookKey: text,
});
export type SendGridSecret = Static<typeof SendGridSecret>;
export const ResendSecret = Type.Object({
  type: Type.Literal("Resend"),
  apiKey: text,
  webhookKey: text,
});
export type ResendSecret = Static<typeof ResendSecret>;
export const MailChimpSecret = Type.Object({
  type: Type.Literal("MailChimp"),
  apiKey: text,
  webhookKey: text,
});
export type MailChimpSecret = Static<typeof MailChimpSecret>;
export const PostMarkSecret = Type.Object({
  type: Type.Literal("PostMark"),
  apiKey: text,
  webhookKey: text,
  messageStream: text,
});
export type PostMarkSecret = Static<typeof PostMarkSecret>;
export const AmazonSesSecret = Type.Object({
  type: Type.Literal("AmazonSes"),
  accessKeyId: text,
  secretAccessKey: text,
  region: text,
  endpoint: text,
});
export type AmazonSesSecret = Static<typeof AmazonSesSecret>;
export const SmtpSecret = Type.Object({
  type: Type.Literal("Smtp"),
  host: text,
  port: text,
  username: text,
  password: text,
});
export type SmtpSecret = Static<typeof SmtpSecret>;
export const TestProviderSecret = Type.Object({ type: Type.Literal("Test") });
export type TestProviderSecret = Static<typeof TestProviderSecret>;

/** The credentials of an e-mail provider, as kept in `"Secret"."configValue"`. */
export const EmailProviderSecret = Type.Union([
  SendGridSecret,
  AmazonSesSecret,
  ResendSecret,
  PostMarkSecret,
  SmtpSecret,
  MailChimpSecret,
  TestProviderSecret,
]);
export type EmailProviderSecret = Static<typeof EmailProviderSecret>;
export type EmailProviderType = EmailProviderSecret["type"];

export const TwilioSecret = Type.Object({
  type: Type.Literal("Twilio"),
  accountSid: text,
  messagingServiceSid: text,
  authToken: text,
  apiKeySid: text,
  apiKeySecret: text,
});
export type TwilioSecret = Static<typeof TwilioSecret>;
export const SignalWireSecret = Type.Object({
  type: Type.Literal("SignalWire"),
  project: text,
  token: text,
  spaceUrl: text,
  phone: text,
});
export type SignalWireSecret = Static<typeof SignalWireSecret>;

/** The credentials of an SMS provider, likewise. */
export const SmsProviderSecret = Type.Union([
  TwilioSecret,
  SignalWireSecret,
  TestProviderSecret,
]);
export type SmsProviderSecret = Static<typeof SmsProviderSecret>;
export type SmsProviderType = SmsProviderSecret["type"];

/** The values that webhook templates may use, by any name. */
export const WebhookSecret = Type.Object(
  { type: Type.Literal("Webhook") },
  { additionalProperties: ShortText },
);
export type WebhookSecret = Static<typeof WebhookSecret>;
