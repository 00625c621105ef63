// Through whom a workspace sends e-mail and SMS: the providers' credentials, and which one is the default. Owns keeping
// them; sending is not its business. Credentials are kept in "Secret" rows, under the names that Dittofeed gives them.

import { and, eq } from "drizzle-orm";
import { SECRET_NAMES } from "isomorphic-lib/src/constants";
import {
  type EmailProviderSecret,
  type EmailProviderType,
  type InWorkspace,
  type SmsProviderSecret,
  type SmsProviderType,
  type UpsertDefaultEmailProviderRequest,
  type UpsertDefaultSmsProviderRequest,
  type UpsertEmailProviderRequest,
  type UpsertSmsProviderRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { inTransaction, type Transaction } from "./db";
import {
  defaultEmailProvider,
  defaultSmsProvider,
  emailProvider,
  secret,
  smsProvider,
} from "./db/schema";
import { mergedConfig } from "./secrets";

export type MessageProviderError =
  /** The workspace has no such provider. */
  | { readonly type: "NotFound"; readonly message: string }
  /** The provider is not named, or twice and differently. */
  | { readonly type: "BadValues"; readonly message: string };

const EMAIL_SECRETS: Record<EmailProviderType, string> = {
  SendGrid: SECRET_NAMES.SendGrid,
  AmazonSes: SECRET_NAMES.AmazonSes,
  Resend: SECRET_NAMES.Resend,
  PostMark: SECRET_NAMES.PostMark,
  Smtp: SECRET_NAMES.Smtp,
  MailChimp: SECRET_NAMES.MailChimp,
  Test: SECRET_NAMES.EmailTest,
};
const SMS_SECRETS: Record<SmsProviderType, string> = {
  Twilio: SECRET_NAMES.Twilio,
  SignalWire: SECRET_NAMES.SignalWire,
  Test: SECRET_NAMES.SmsTest,
};

/** Keeps the credentials; one that is not given stays as it was. Answers the secret's id. */
async function upsertCredentials(
  tx: Transaction,
  {
    workspaceId,
    name,
    config,
  }: {
    workspaceId: string;
    name: string;
    config: EmailProviderSecret | SmsProviderSecret;
  },
): Promise<string> {
  const [row] = await tx
    .insert(secret)
    .values({ workspaceId, name, configValue: config })
    .onConflictDoUpdate({
      target: [secret.workspaceId, secret.name],
      set: { configValue: mergedConfig },
    })
    .returning({ id: secret.id });
  if (row === undefined) {
    throw new Error("The credentials were written, but no row came back.");
  }
  return row.id;
}

async function setDefaultEmail(
  tx: Transaction,
  row: {
    workspaceId: string;
    emailProviderId: string;
    fromAddress?: string | null;
  },
): Promise<void> {
  const { workspaceId, ...set } = row;
  await tx
    .insert(defaultEmailProvider)
    .values(row)
    .onConflictDoUpdate({
      target: defaultEmailProvider.workspaceId,
      set: { ...set },
    });
}

async function setDefaultSms(
  tx: Transaction,
  row: { workspaceId: string; smsProviderId: string },
): Promise<void> {
  const { workspaceId, ...set } = row;
  await tx
    .insert(defaultSmsProvider)
    .values(row)
    .onConflictDoUpdate({
      target: defaultSmsProvider.workspaceId,
      set: { ...set },
    });
}

/** Configures the e-mail provider of `config.type`; credentials that are left out stay. */
export async function upsertEmailProvider({
  workspaceId,
  config,
  setDefault = false,
}: InWorkspace<UpsertEmailProviderRequest>): Promise<Result<null, never>> {
  return inTransaction(async (tx) => {
    const { type } = config;
    const name = EMAIL_SECRETS[type];
    const secretId = await upsertCredentials(tx, { workspaceId, name, config });
    const rows = await tx
      .insert(emailProvider)
      .values({ workspaceId, type, secretId })
      .onConflictDoUpdate({
        target: [emailProvider.workspaceId, emailProvider.type],
        set: { secretId },
      })
      .returning({ emailProviderId: emailProvider.id });
    for (const row of setDefault ? rows : []) {
      await setDefaultEmail(tx, { workspaceId, ...row });
    }
    return ok(null);
  });
}

/** Configures the SMS provider of `config.type`; credentials that are left out stay. */
export async function upsertSmsProvider({
  workspaceId,
  config,
  setDefault = false,
}: InWorkspace<UpsertSmsProviderRequest>): Promise<Result<null, never>> {
  return inTransaction(async (tx) => {
    const { type } = config;
    const name = SMS_SECRETS[type];
    const secretId = await upsertCredentials(tx, { workspaceId, name, config });
    const rows = await tx
      .insert(smsProvider)
      .values({ workspaceId, type, secretId })
      .onConflictDoUpdate({
        target: [smsProvider.workspaceId, smsProvider.type],
        set: { secretId },
      })
      .returning({ smsProviderId: smsProvider.id });
    for (const row of setDefault ? rows : []) {
      await setDefaultSms(tx, { workspaceId, ...row });
    }
    return ok(null);
  });
}

const noSuchProvider = {
  type: "NotFound",
  message: "The workspace has no such provider.",
} as const;

/**
 * Makes one of the workspace's e-mail providers, named by id or type, the default. Err NotFound when it is not the
 * workspace's, BadValues when neither id nor type is given.
 */
export async function setDefaultEmailProvider({
  workspaceId,
  emailProviderId,
  emailProvider: type,
  fromAddress,
}: InWorkspace<UpsertDefaultEmailProviderRequest>): Promise<
  Result<null, MessageProviderError>
> {
  if (emailProviderId === undefined && type === undefined) {
    return err({
      type: "BadValues",
      message: "Name the provider by emailProviderId or by emailProvider.",
    });
  }
  return inTransaction<null, MessageProviderError>(async (tx) => {
    const [row] = await tx
      .select({ emailProviderId: emailProvider.id })
      .from(emailProvider)
      .where(
        and(
          eq(emailProvider.workspaceId, workspaceId),
          emailProviderId === undefined
            ? undefined
            : eq(emailProvider.id, emailProviderId),
          type === undefined ? undefined : eq(emailProvider.type, type),
        ),
      )
      .for("key share"); // so that it is still there when the default points at it
    if (row === undefined) {
      return err(noSuchProvider);
    }
    await setDefaultEmail(tx, { workspaceId, fromAddress, ...row });
    return ok(null);
  });
}

/** Makes one of the workspace's SMS providers the default. Err NotFound when it is not the workspace's. */
export async function setDefaultSmsProvider({
  workspaceId,
  smsProviderId,
}: InWorkspace<UpsertDefaultSmsProviderRequest>): Promise<
  Result<null, MessageProviderError>
> {
  return inTransaction<null, MessageProviderError>(async (tx) => {
    const [row] = await tx
      .select({ smsProviderId: smsProvider.id })
      .from(smsProvider)
      .where(
        and(
          eq(smsProvider.workspaceId, workspaceId),
          eq(smsProvider.id, smsProviderId),
        ),
      )
      .for("key share");
    if (row === undefined) {
      return err(noSuchProvider);
    }
    await setDefaultSms(tx, { workspaceId, ...row });
    return ok(null);
  });
}
