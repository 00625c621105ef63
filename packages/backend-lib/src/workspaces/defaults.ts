// What every new workspace begins with, as Dittofeed's clients expect it: user properties, a write key, the secret that
// signs unsubscribe links, test providers, a first template, two subscription groups. Owns the list and that making it
// twice changes nothing. Changing these things later belongs to the resources' own services.

import { and, eq } from "drizzle-orm";
import {
  DEFAULT_WRITE_KEY_NAME,
  MAX_ID_LENGTH,
  SECRET_NAMES,
} from "isomorphic-lib/src/constants";
import { DEFAULT_USER_PROPERTIES } from "isomorphic-lib/src/defaultUserProperties";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import { type Result } from "neverthrow";
import { v5 as uuidv5 } from "uuid";

import { clock } from "../clock";
import { randomHex } from "../crypto";
import { type Transaction } from "../db";
import {
  defaultEmailProvider,
  defaultSmsProvider,
  emailProvider,
  messageTemplate,
  quotaExemption,
  secret,
  segment,
  smsProvider,
  subscriptionGroup,
  userProperty,
} from "../db/schema";
import { ensureWriteKey, type KeyNameTaken } from "./keys";

/** The template that shows a newcomer what one looks like. */
export const WELCOME_TEMPLATE = {
  name: "Welcome Email",
  definition: {
    type: "Email",
    emailContentsType: "Code",
    from: "hello@example.com",
    subject: "Welcome{% if user.firstName %}, {{ user.firstName }}{% endif %}!",
    body: `<mjml>
  <mj-body background-color="#f5f5f4">
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text font-size="22px">Good to have you here{% if user.firstName %}, {{ user.firstName }}{% endif %}.</mj-text>
        <mj-text>This is the first template of your workspace. Change it, or send it as it is.</mj-text>
        <mj-button href="https://example.com">Get started</mj-button>
        <mj-text font-size="12px">{% unsubscribe_link here %}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>`,
  },
} as const;

/** The two groups of a new workspace: everybody is in them until they opt out. */
export const DEFAULT_SUBSCRIPTION_GROUPS = [
  { channel: "Email", idName: "email-subscription-group", label: "Email" },
  { channel: "Sms", idName: "sms-subscription-group", label: "SMS" },
] as const;

/** When rows were made, by the process's clock: the database's would be in the zone of its session. */
function madeNow() {
  const now = clock().now();
  return { createdAt: now, updatedAt: now };
}

function definedNow() {
  const made = madeNow();
  return { ...made, definitionUpdatedAt: made.createdAt };
}

/** The two segments by which a subscription group is computed: who is in, who has left. */
export function subscriptionGroupSegments({
  workspaceId,
  id,
  type,
}: {
  workspaceId: string;
  id: string;
  type: "OptIn" | "OptOut";
}) {
  const internal = (name: string, entryNode: Record<string, string>) => ({
    id: uuidv5(name, workspaceId),
    workspaceId,
    name,
    definition: { entryNode: { id: "entry", ...entryNode }, nodes: [] },
    resourceType: "Internal" as const,
    subscriptionGroupId: id,
  });
  return [
    internal(`subscriptionGroup-${id}`, {
      type: "SubscriptionGroup",
      subscriptionGroupId: id,
      subscriptionGroupType: type,
    }),
    internal(`subscriptionGroup-unsubscribed-${id}`, {
      type: "SubscriptionGroupUnsubscribed",
      subscriptionGroupId: id,
    }),
  ] as const;
}

async function ensureSecret(
  tx: Transaction,
  row: {
    workspaceId: string;
    name: string;
    value?: string;
    configValue?: Record<string, unknown>;
  },
): Promise<string> {
  await tx.insert(secret).values(row).onConflictDoNothing();
  const [found] = await tx
    .select({ id: secret.id })
    .from(secret)
    .where(
      and(eq(secret.workspaceId, row.workspaceId), eq(secret.name, row.name)),
    );
  if (found === undefined) {
    throw new Error(`The secret ${row.name} is neither there nor insertable.`);
  }
  return found.id;
}

/** Providers that deliver to nobody, so that journeys can be tried before a real one is configured. */
async function ensureTestProviders(
  tx: Transaction,
  workspaceId: string,
): Promise<void> {
  const type = "Test";
  const secretOf = (name: string) =>
    ensureSecret(tx, { workspaceId, name, configValue: { type } });

  const emailSecretId = await secretOf(SECRET_NAMES.EmailTest);
  await tx
    .insert(emailProvider)
    .values({ workspaceId, type, secretId: emailSecretId })
    .onConflictDoNothing();
  const emailProviders = await tx
    .select({ emailProviderId: emailProvider.id })
    .from(emailProvider)
    .where(
      and(
        eq(emailProvider.workspaceId, workspaceId),
        eq(emailProvider.type, type),
      ),
    );
  await tx
    .insert(defaultEmailProvider)
    .values(emailProviders.map((row) => ({ workspaceId, ...row })))
    .onConflictDoNothing();

  const smsSecretId = await secretOf(SECRET_NAMES.SmsTest);
  await tx
    .insert(smsProvider)
    .values({ workspaceId, type, secretId: smsSecretId })
    .onConflictDoNothing();
  const smsProviders = await tx
    .select({ smsProviderId: smsProvider.id })
    .from(smsProvider)
    .where(
      and(eq(smsProvider.workspaceId, workspaceId), eq(smsProvider.type, type)),
    );
  await tx
    .insert(defaultSmsProvider)
    .values(smsProviders.map((row) => ({ workspaceId, ...row })))
    .onConflictDoNothing();
}

const welcomeTemplateId = (workspaceId: string) =>
  uuidv5(WELCOME_TEMPLATE.name, workspaceId);
const userPropertyId = (name: string, workspaceId: string) =>
  uuidv5(`userProperty-${name}`, workspaceId);

/** What every workspace begins with is free of its quotas: the rows are counted by what is known of them when they come. */
async function exemptFromQuotas(
  tx: Transaction,
  workspaceId: string,
): Promise<void> {
  const free: readonly (readonly [QuotaResource, string])[] = [
    ["templates", welcomeTemplateId(workspaceId)],
    ...DEFAULT_USER_PROPERTIES.map(
      ({ name }) =>
        ["userProperties", userPropertyId(name, workspaceId)] as const,
    ),
    ...DEFAULT_SUBSCRIPTION_GROUPS.map(
      ({ idName }) =>
        ["subscriptionGroups", uuidv5(idName, workspaceId)] as const,
    ),
  ];
  await tx
    .insert(quotaExemption)
    .values(
      free.map(([resourceType, resourceId]) => ({
        workspaceId,
        resourceType,
        resourceId,
      })),
    )
    .onConflictDoNothing();
}

/** Counted in characters, so that a long workspace name is not cut within one. */
function groupName(workspaceName: string, label: string): string {
  const suffix = ` - ${label}`;
  const whole = `${workspaceName}${suffix}`;
  return whole.length <= MAX_ID_LENGTH
    ? whole
    : `${Array.from(workspaceName)
        .slice(0, MAX_ID_LENGTH / 2 - suffix.length)
        .join("")}${suffix}`;
}

async function ensureSubscriptionGroups(
  tx: Transaction,
  {
    workspaceId,
    workspaceName,
  }: { workspaceId: string; workspaceName: string },
): Promise<void> {
  for (const { channel, idName, label } of DEFAULT_SUBSCRIPTION_GROUPS) {
    const id = uuidv5(idName, workspaceId);
    const [made] = await tx
      .insert(subscriptionGroup)
      .values({
        id,
        workspaceId,
        name: groupName(workspaceName, label),
        type: "OptOut",
        channel,
        ...madeNow(),
      })
      .onConflictDoNothing()
      .returning({ id: subscriptionGroup.id });
    if (made !== undefined) {
      await tx
        .insert(segment)
        .values(
          subscriptionGroupSegments({ workspaceId, id, type: "OptOut" }).map(
            (row) => ({ ...row, ...definedNow() }),
          ),
        )
        .onConflictDoNothing();
    }
  }
}

/**
 * Makes what a new workspace begins with, as far as it is not there; never changes what is. Answers the default write
 * key. Err KeyNameTaken only in a workspace made by others, where a plain secret has the default write key's name.
 */
export async function ensureDefaults(
  tx: Transaction,
  workspace: { workspaceId: string; workspaceName: string },
): Promise<Result<{ secretId: string; value: string }, KeyNameTaken>> {
  const { workspaceId } = workspace;
  await exemptFromQuotas(tx, workspaceId);
  await tx
    .insert(userProperty)
    .values(
      DEFAULT_USER_PROPERTIES.map((row) => ({
        id: userPropertyId(row.name, workspaceId),
        workspaceId,
        ...row,
        ...definedNow(),
      })),
    )
    .onConflictDoNothing();
  await ensureSecret(tx, {
    workspaceId,
    name: SECRET_NAMES.Subscription,
    value: randomHex(8),
  });
  await ensureTestProviders(tx, workspaceId);
  await tx
    .insert(messageTemplate)
    .values({
      id: welcomeTemplateId(workspaceId),
      workspaceId,
      ...WELCOME_TEMPLATE,
      ...madeNow(),
    })
    .onConflictDoNothing();
  await ensureSubscriptionGroups(tx, workspace);
  return ensureWriteKey(tx, { workspaceId, name: DEFAULT_WRITE_KEY_NAME });
}
