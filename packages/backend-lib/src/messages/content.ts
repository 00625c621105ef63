// What is kept of a message until it is handed over, filled in: one shape a channel. Owns the shapes; who fills them in is
// rendering.ts, who sends them delivering.ts.

import { type Static, Type } from "@sinclair/typebox";
import { JsonObject } from "isomorphic-lib/src/types";

const Text = Type.String();

export const EmailContent = Type.Object({
  type: Type.Literal("Email"),
  to: Text,
  from: Text,
  subject: Text,
  /** HTML. */
  body: Text,
  name: Type.Optional(Text),
  replyTo: Type.Optional(Text),
  cc: Type.Optional(Text),
  bcc: Type.Optional(Text),
  headers: Type.Optional(
    Type.Array(Type.Object({ name: Text, value: Text }), { maxItems: 100 }),
  ),
});
export type EmailContent = Static<typeof EmailContent>;

export const SmsContent = Type.Object({
  type: Type.Literal("Sms"),
  to: Text,
  body: Text,
});
export type SmsContent = Static<typeof SmsContent>;

/** `user` is there when the template has a part with secrets, which is filled in when the request is sent, and not kept. */
export const WebhookContent = Type.Object({
  type: Type.Literal("Webhook"),
  to: Text,
  url: Type.Optional(Text),
  method: Type.Optional(Text),
  headers: Type.Optional(Type.Record(Text, Text)),
  params: Type.Optional(JsonObject),
  data: Type.Optional(Type.Unknown()),
  user: Type.Optional(JsonObject),
});
export type WebhookContent = Static<typeof WebhookContent>;

/** A message that was skipped has none. */
export const MessageContent = Type.Union([
  EmailContent,
  SmsContent,
  WebhookContent,
]);
export type MessageContent = Static<typeof MessageContent>;
