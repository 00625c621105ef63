// Through whom a workspace's messages go. Owns which providers this host has built in, and reading what a workspace has
// configured, during one run; credentials stay in here. A child workspace uses its own providers, not its parent's.

import { and, eq } from "drizzle-orm";
import { SECRET_NAMES } from "isomorphic-lib/src/constants";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { isRecord } from "isomorphic-lib/src/typeAssertions";
import { type SendableChannel, SmtpSecret } from "isomorphic-lib/src/types";

import { db } from "../db";
import {
  defaultEmailProvider,
  defaultSmsProvider,
  emailProvider,
  secret,
  smsProvider,
} from "../db/schema";
import { getMessageTemplates } from "../messageTemplates";
import { type EmailContent, type MessageContent } from "./content";
import { type HandOver } from "./handOver";
import { SmtpSender } from "./smtp";
import { handOverToWebhook, type WebhookSecrets } from "./webhook";

/** The names by which a provider of a channel can be chosen. */
export const PROVIDERS_OF: Readonly<
  Record<SendableChannel, readonly string[]>
> = {
  Email: [
    "SendGrid",
    "AmazonSes",
    "Resend",
    "PostMark",
    "Smtp",
    "MailChimp",
    "Test",
  ],
  Sms: ["Twilio", "SignalWire", "Test"],
  Webhook: [],
};

/** What is handed over. */
export interface Outgoing {
  readonly id: string;
  readonly templateId: string | null;
  readonly provider: string | null;
  readonly content: MessageContent;
}

interface Configured {
  readonly type: string;
  readonly configValue: unknown;
  readonly isDefault: boolean;
  readonly fromAddress: string | null;
}

const notSent = (sentence: string): HandOver => ({ type: "notSent", sentence });

async function readEmailProviders(workspaceId: string): Promise<Configured[]> {
  const rows = await db()
    .select({
      type: emailProvider.type,
      configValue: secret.configValue,
      chosen: defaultEmailProvider.emailProviderId,
      fromAddress: defaultEmailProvider.fromAddress,
    })
    .from(emailProvider)
    .leftJoin(
      secret,
      and(
        eq(secret.workspaceId, emailProvider.workspaceId),
        eq(secret.id, emailProvider.secretId),
      ),
    )
    .leftJoin(
      defaultEmailProvider,
      and(
        eq(defaultEmailProvider.workspaceId, emailProvider.workspaceId),
        eq(defaultEmailProvider.emailProviderId, emailProvider.id),
      ),
    )
    .where(eq(emailProvider.workspaceId, workspaceId));
  return rows.map(({ chosen, ...row }) => ({
    ...row,
    isDefault: chosen !== null,
  }));
}

async function readSmsProviders(workspaceId: string): Promise<Configured[]> {
  const rows = await db()
    .select({
      type: smsProvider.type,
      configValue: secret.configValue,
      chosen: defaultSmsProvider.smsProviderId,
    })
    .from(smsProvider)
    .leftJoin(
      secret,
      and(
        eq(secret.workspaceId, smsProvider.workspaceId),
        eq(secret.id, smsProvider.secretId),
      ),
    )
    .leftJoin(
      defaultSmsProvider,
      and(
        eq(defaultSmsProvider.workspaceId, smsProvider.workspaceId),
        eq(defaultSmsProvider.smsProviderId, smsProvider.id),
      ),
    )
    .where(eq(smsProvider.workspaceId, workspaceId));
  return rows.map(({ chosen, ...row }) => ({
    ...row,
    isDefault: chosen !== null,
    fromAddress: null,
  }));
}

/** Runs `read` once, however often it is asked. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return async () => {
    result ??= read();
    return result;
  };
}

/** The provider that was asked for, or else the default. */
function choose(
  configured: readonly Configured[],
  provider: string | null,
): Configured | undefined {
  return configured.find(({ type, isDefault }) =>
    provider === null ? isDefault : type === provider,
  );
}

const notBuiltIn = (type: string): HandOver =>
  notSent(
    `${type} is not built in this host: choose another provider in the workspace's settings.`,
  );
const NOT_CONFIGURED = notSent(
  "The workspace has no such provider: add one in its settings.",
);

/** The providers of one workspace as they are configured when they are first needed; close() them. */
export class Providers {
  readonly #email = once(() => readEmailProviders(this.workspaceId));
  readonly #sms = once(() => readSmsProviders(this.workspaceId));
  #smtp: SmtpSender | undefined;

  constructor(private readonly workspaceId: string) {}

  /** Hands over one message. Rejects only when the database does, before anything was handed over. */
  async handOver(message: Outgoing): Promise<HandOver> {
    const { content, provider } = message;
    switch (content.type) {
      case "Email":
        return this.#handOverEmail(message, content);
      case "Sms": {
        const chosen = choose(await this.#sms(), provider);
        if (chosen === undefined) {
          return NOT_CONFIGURED;
        }
        return chosen.type === "Test"
          ? { type: "sent" }
          : notBuiltIn(chosen.type);
      }
      case "Webhook":
        return handOverToWebhook(
          content,
          content.user === undefined
            ? { body: undefined, values: {} }
            : await this.#webhookSecrets(message.templateId),
        );
    }
  }

  async #handOverEmail(
    { id, provider }: Outgoing,
    content: EmailContent,
  ): Promise<HandOver> {
    const chosen = choose(await this.#email(), provider);
    if (chosen === undefined) {
      return NOT_CONFIGURED;
    }
    if (chosen.type === "Test") {
      return { type: "sent" };
    }
    if (chosen.type !== "Smtp") {
      return notBuiltIn(chosen.type);
    }
    const settings = schemaValidate(chosen.configValue, SmtpSecret);
    const port = settings.isOk() ? Number(settings.value.port ?? "587") : NaN;
    if (
      settings.isErr() ||
      settings.value.host === undefined ||
      !Number.isInteger(port) ||
      port < 1 ||
      port > 65_535
    ) {
      return notSent(
        "The mail server's host or port is missing or is none: set them in the workspace's settings.",
      );
    }
    const { host, username, password } = settings.value;
    this.#smtp ??= new SmtpSender({
      host,
      port,
      ...(username === undefined || username === ""
        ? {}
        : { username, password }),
    });
    const from =
      content.from.trim() === "" ? (chosen.fromAddress ?? "") : content.from;
    return this.#smtp.handOver({ ...content, from }, id);
  }

  async #webhookSecrets(templateId: string | null): Promise<WebhookSecrets> {
    const { workspaceId } = this;
    const [template] =
      templateId === null
        ? []
        : await getMessageTemplates(
            { workspaceId, ids: [templateId] },
            { reader: db() }, // asked once for a batch: no cache knows better
          );
    const definition = template?.definition;
    const [row] = await db()
      .select({ configValue: secret.configValue })
      .from(secret)
      .where(
        and(
          eq(secret.workspaceId, workspaceId),
          eq(secret.name, SECRET_NAMES.Webhook),
        ),
      );
    return {
      body: definition?.type === "Webhook" ? definition.body : undefined,
      values: isRecord(row?.configValue) ? row.configValue : {},
    };
  }

  close(): void {
    this.#smtp?.close();
  }
}
