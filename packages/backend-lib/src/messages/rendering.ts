// Making a message out of a template and a user. Owns which of a template's texts are filled in, from which variables, and
// what may not be sent; leaves Liquid to liquid.ts and webhooks to webhookTemplate.ts.

import { findUnsafeJson } from "isomorphic-lib/src/jsonSafety";
import {
  type CodeEmailTemplate,
  type MessageTemplateDefinition,
  type SmsTemplateResource,
} from "isomorphic-lib/src/types";
import mjml2html from "mjml";
import { err, ok, type Result } from "neverthrow";

import { type MessageContent } from "./content";
import {
  type LiquidError,
  type LiquidScope,
  type LiquidText,
  parseLiquid,
} from "./liquid";
import { parseWebhook } from "./webhookTemplate";

/** The template cannot be sent, to nobody. For its author. */
export interface Unsendable {
  readonly type: "Unsendable";
  readonly message: string;
}

/** Fills in the message of one user, who is reached at `to`. */
export type Renderer = (
  scope: LiquidScope,
  to: string,
) => Promise<Result<MessageContent, LiquidError>>;

/** All of it that is kept with a message, in characters of JSON. */
const MAX_CONTENT_CHARACTERS = 2_000_000;

type Texts = Readonly<Record<string, string | undefined>>;

const unsendable = (message: string): Unsendable => ({
  type: "Unsendable",
  message,
});

/** Reads the texts; Err names the first that is not Liquid. */
function parseTexts(
  texts: Texts,
): Result<ReadonlyMap<string, LiquidText>, Unsendable> {
  const parsed = new Map<string, LiquidText>();
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined) {
      const liquid = parseLiquid(text);
      if (liquid.isErr()) {
        return err(
          unsendable(`The template's ${name}: ${liquid.error.message}.`),
        );
      }
      parsed.set(name, liquid.value);
    }
  }
  return ok(parsed);
}

/** The texts filled in; Err names the one that could not be. */
function fill(
  texts: ReadonlyMap<string, LiquidText>,
  scope: LiquidScope,
): Result<Record<string, string>, LiquidError> {
  const filled: Record<string, string> = {};
  for (const [name, text] of texts) {
    const rendered = text(scope);
    if (rendered.isErr()) {
      return err({
        type: "LiquidError",
        message: `The template's ${name}: ${rendered.error.message}.`,
      });
    }
    filled[name] = rendered.value;
  }
  return ok(filled);
}

const IS_MJML = /<mjml[\s>]/i;

/** HTML of what may be MJML. Remembers the last one: of a template without variables in its body it is everybody's. */
function htmlMaker(): (body: string) => Promise<Result<string, LiquidError>> {
  let last: { readonly body: string; readonly html: string } | undefined;
  return async (body) => {
    if (!IS_MJML.test(body)) {
      return ok(body);
    }
    if (last?.body !== body) {
      try {
        const { html } = await mjml2html(body, { ignoreIncludes: true });
        last = { body, html };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return err({
          type: "LiquidError",
          message: `The template's body is not MJML: ${message}`,
        });
      }
    }
    return ok(last.html);
  };
}

/** Headers that say what a message is, to whom and by which way are the host's. */
const OWN_HEADERS =
  /^(?:bcc|cc|content-.*|date|dkim-.*|from|message-id|mime-version|received|reply-to|return-path|sender|subject|to)$/i;

const HEADER_NAME = /^[A-Za-z0-9-]+$/;

function emailRenderer(
  template: CodeEmailTemplate,
): Result<Renderer, Unsendable> {
  const { from, subject, body, name, replyTo, cc, bcc } = template;
  const headers = (template.headers ?? []).filter(
    (header) => HEADER_NAME.test(header.name) && !OWN_HEADERS.test(header.name),
  );
  const texts = parseTexts({
    from,
    subject,
    body,
    name,
    replyTo,
    cc,
    bcc,
    ...Object.fromEntries(
      headers.map((header, index) => [`headers/${index}`, header.value]),
    ),
  });
  const toHtml = htmlMaker();
  return texts.map((parsed) => async (scope, to) => {
    const filled = fill(parsed, scope);
    if (filled.isErr()) {
      return err(filled.error);
    }
    const text = (field: string) => filled.value[field] ?? "";
    const html = await toHtml(text("body"));
    const optional = (field: "name" | "replyTo" | "cc" | "bcc") =>
      text(field).trim() === "" ? {} : { [field]: text(field) };
    return html.map((htmlBody): MessageContent => ({
      type: "Email",
      to,
      from: text("from"),
      subject: text("subject"),
      body: htmlBody,
      ...optional("name"),
      ...optional("replyTo"),
      ...optional("cc"),
      ...optional("bcc"),
      ...(headers.length === 0
        ? {}
        : {
            headers: headers.map((header, index) => ({
              name: header.name,
              value: text(`headers/${index}`),
            })),
          }),
    }));
  });
}

function smsRenderer(
  template: SmsTemplateResource,
): Result<Renderer, Unsendable> {
  return parseTexts({ body: template.body }).map(
    (parsed): Renderer =>
      async (scope, to) =>
        fill(parsed, scope).map(({ body = "" }) => ({ type: "Sms", to, body })),
  );
}

function rendererOf(
  definition: MessageTemplateDefinition,
): Result<Renderer, Unsendable> {
  switch (definition.type) {
    case "Email":
      if ((definition.attachmentUserProperties ?? []).length > 0) {
        return err(unsendable("This host does not send attachments."));
      }
      return definition.emailContentsType === "LowCode"
        ? err(
            unsendable(
              "This host does not send what was drawn in the e-mail editor: write the template's body as MJML or HTML.",
            ),
          )
        : emailRenderer(definition);
    case "Sms":
      return smsRenderer(definition);
    case "Webhook":
      return parseWebhook(definition.body)
        .map(
          (webhook): Renderer =>
            async (scope, to) =>
              webhook.render(scope, to),
        )
        .mapErr(({ message }) =>
          unsendable(`The template's body: ${message}.`),
        );
    case "MobilePush":
      return err(unsendable("This host does not send to mobile devices."));
  }
}

/** What Postgres would not store as JSON, or more than a message may be. */
function storable(
  content: MessageContent,
): Result<MessageContent, LiquidError> {
  const unsafe = findUnsafeJson(content);
  if (unsafe !== null) {
    return err({
      type: "LiquidError",
      message: `The message's ${unsafe.field} ${unsafe.message}.`,
    });
  }
  return JSON.stringify(content).length > MAX_CONTENT_CHARACTERS
    ? err({
        type: "LiquidError",
        message: `The message is longer than ${MAX_CONTENT_CHARACTERS} characters.`,
      })
    : ok(content);
}

/** Reads a template, to be filled in for any number of users. Err when nobody could be sent it. */
export function rendererFor(
  definition: MessageTemplateDefinition,
): Result<Renderer, Unsendable> {
  return rendererOf(definition).map(
    (render): Renderer =>
      async (scope, to) =>
        (await render(scope, to)).andThen(storable),
  );
}
