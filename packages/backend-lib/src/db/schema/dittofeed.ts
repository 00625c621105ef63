// Dittofeed's own tables and enums, name by name, so that its databases are accepted as they are. Nothing is added
// here that Dittofeed does not have: what is ours stands in tenancy.ts and partitioned.ts.

import {
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

import { reference } from "./reference";

// ---------------------------------------------------------------------------------------------- enums

export const computedPropertyType = pgEnum("ComputedPropertyType", [
  "Segment",
  "UserProperty",
]);
export const dbBroadcastStatus = pgEnum("DBBroadcastStatus", [
  "NotStarted",
  "InProgress",
  "Triggered",
]);
export const dbBroadcastStatusV2 = pgEnum("DBBroadcastStatusV2", [
  "Draft",
  "Scheduled",
  "Running",
  "Paused",
  "Completed",
  "Cancelled",
  "Failed",
]);
export const dbBroadcastVersion = pgEnum("DBBroadcastVersion", ["V1", "V2"]);
export const dbChannelType = pgEnum("DBChannelType", [
  "Email",
  "MobilePush",
  "Sms",
  "Webhook",
]);
export const dbCompletionStatus = pgEnum("DBCompletionStatus", [
  "NotStarted",
  "InProgress",
  "Successful",
  "Failed",
]);
export const dbResourceType = pgEnum("DBResourceType", [
  "Declarative",
  "Internal",
]);
export const dbRoleType = pgEnum("DBRoleType", [
  "Admin",
  "WorkspaceManager",
  "Author",
  "Viewer",
]);
export const dbSubscriptionGroupType = pgEnum("DBSubscriptionGroupType", [
  "OptIn",
  "OptOut",
]);
export const dbWorkspaceOccupantType = pgEnum("DBWorkspaceOccupantType", [
  "WorkspaceMember",
  "ChildWorkspaceOccupant",
]);
export const journeyStatus = pgEnum("JourneyStatus", [
  "NotStarted",
  "Running",
  "Paused",
  "Broadcast",
]);
export const segmentStatus = pgEnum("SegmentStatus", [
  "NotStarted",
  "Running",
  "Paused",
]);
export const userPropertyStatus = pgEnum("UserPropertyStatus", [
  "NotStarted",
  "Running",
  "Paused",
]);
export const dbUserPropertyIndexType = pgEnum("DBUserPropertyIndexType", [
  "String",
  "Number",
  "Date",
]);
export const workspaceStatusEnum = pgEnum("WorkspaceStatus", [
  "Active",
  "Tombstoned",
  "Paused",
]);
export const workspaceTypeEnum = pgEnum("WorkspaceType", [
  "Root",
  "Child",
  "Parent",
]);

// ---------------------------------------------------------------------------------------------- building blocks

/** Dittofeed's moments carry no zone and are UTC by convention. */
const moment = () => timestamp({ precision: 3, mode: "date" });
const rowId = () => uuid().primaryKey().defaultRandom().notNull();
const createdAt = () => moment().defaultNow().notNull();
const updatedAt = () =>
  moment()
    .defaultNow()
    .$onUpdate(() => new Date())
    .notNull();
const timestamps = () => ({ createdAt: createdAt(), updatedAt: updatedAt() });

// ---------------------------------------------------------------------------------------------- workspaces and members

export const workspace = pgTable(
  "Workspace",
  {
    id: rowId(),
    name: text().notNull(),
    ...timestamps(),
    domain: text(),
    type: workspaceTypeEnum().default("Root").notNull(),
    externalId: text(),
    status: workspaceStatusEnum().default("Active").notNull(),
    parentWorkspaceId: uuid(),
  },
  (t) => [
    unique("Workspace_parentWorkspaceId_externalId_key").on(
      t.parentWorkspaceId,
      t.externalId,
    ),
    unique("Workspace_parentWorkspaceId_name_key")
      .on(t.parentWorkspaceId, t.name)
      .nullsNotDistinct(),
  ],
);

export const workspaceMember = pgTable(
  "WorkspaceMember",
  {
    id: rowId(),
    email: text(),
    ...timestamps(),
    emailVerified: boolean().default(false).notNull(),
    image: text(),
    name: text(),
    nickname: text(),
    lastWorkspaceId: uuid(),
  },
  (t) => [
    uniqueIndex("WorkspaceMember_email_key").on(t.email),
    reference("WorkspaceMember", t.lastWorkspaceId, workspace.id, "set null"),
  ],
);

export const workspaceMembeAccount = pgTable(
  "WorkspaceMembeAccount", // sic: Dittofeed's own name
  {
    id: rowId(),
    workspaceMemberId: uuid().notNull(),
    provider: text().notNull(),
    providerAccountId: text().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("WorkspaceMembeAccount_provider_providerAccountId_key").on(
      t.provider,
      t.providerAccountId,
    ),
    reference("WorkspaceMembeAccount", t.workspaceMemberId, workspaceMember.id),
  ],
);

export const workspaceMemberRole = pgTable(
  "WorkspaceMemberRole",
  {
    workspaceId: uuid().notNull(),
    workspaceMemberId: uuid().notNull(),
    role: dbRoleType().default("Viewer").notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("WorkspaceMemberRole_workspaceId_workspaceMemberId_key").on(
      t.workspaceId,
      t.workspaceMemberId,
    ),
    reference("WorkspaceMemberRole", t.workspaceId, workspace.id),
    reference("WorkspaceMemberRole", t.workspaceMemberId, workspaceMember.id),
  ],
);

export const workspaceRelation = pgTable(
  "WorkspaceRelation",
  { parentWorkspaceId: uuid().notNull(), childWorkspaceId: uuid().notNull() },
  (t) => [
    uniqueIndex("WorkspaceRelation_parentWorkspaceId_childWorkspaceId_key").on(
      t.parentWorkspaceId,
      t.childWorkspaceId,
    ),
    reference("WorkspaceRelation", t.parentWorkspaceId, workspace.id),
    reference("WorkspaceRelation", t.childWorkspaceId, workspace.id),
  ],
);

// ---------------------------------------------------------------------------------------------- keys, secrets, providers

export const secret = pgTable(
  "Secret",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    value: text(),
    ...timestamps(),
    configValue: jsonb(),
  },
  (t) => [
    uniqueIndex("Secret_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("Secret", t.workspaceId, workspace.id),
  ],
);

export const workspaceOccupantSetting = pgTable(
  "WorkspaceOccupantSetting",
  {
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    workspaceOccupantId: text().notNull(),
    occupantType: dbWorkspaceOccupantType().notNull(),
    config: jsonb(),
    secretId: uuid(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("WorkspaceOccupantSetting_workspaceId_occupantId_name_key").on(
      t.workspaceId,
      t.workspaceOccupantId,
      t.name,
    ),
    reference("WorkspaceOccupantSetting", t.workspaceId, workspace.id),
    reference("WorkspaceOccupantSetting", t.secretId, secret.id, "set null"),
  ],
);

export const adminApiKey = pgTable(
  "AdminApiKey",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    secretId: uuid().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("AdminApiKey_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("AdminApiKey", t.workspaceId, workspace.id),
    reference("AdminApiKey", t.secretId, secret.id),
  ],
);

export const writeKey = pgTable(
  "WriteKey",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    secretId: uuid().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("WriteKey_workspaceId_secretId_key").on(
      t.workspaceId,
      t.secretId,
    ),
    reference("WriteKey", t.workspaceId, workspace.id),
    reference("WriteKey", t.secretId, secret.id),
  ],
);

export const segmentIoConfiguration = pgTable(
  "SegmentIOConfiguration",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    sharedSecret: text().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("SegmentIOConfiguration_workspaceId_key").on(t.workspaceId),
    reference("SegmentIOConfiguration", t.workspaceId, workspace.id),
  ],
);

export const emailProvider = pgTable(
  "EmailProvider",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    type: text().notNull(),
    apiKey: text(),
    ...timestamps(),
    secretId: uuid(),
  },
  (t) => [
    uniqueIndex("EmailProvider_workspaceId_type_key").on(t.workspaceId, t.type),
    reference("EmailProvider", t.workspaceId, workspace.id),
    reference("EmailProvider", t.secretId, secret.id),
  ],
);

export const defaultEmailProvider = pgTable(
  "DefaultEmailProvider",
  {
    workspaceId: uuid().notNull(),
    emailProviderId: uuid().notNull(),
    ...timestamps(),
    fromAddress: text(),
  },
  (t) => [
    uniqueIndex("DefaultEmailProvider_workspaceId_key").on(t.workspaceId),
    reference("DefaultEmailProvider", t.workspaceId, workspace.id),
    reference("DefaultEmailProvider", t.emailProviderId, emailProvider.id),
  ],
);

export const smsProvider = pgTable(
  "SmsProvider",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    secretId: uuid().notNull(),
    type: text().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("SmsProvider_workspaceId_type_key").on(t.workspaceId, t.type),
    reference("SmsProvider", t.workspaceId, workspace.id),
    reference("SmsProvider", t.secretId, secret.id),
  ],
);

export const defaultSmsProvider = pgTable(
  "DefaultSmsProvider",
  {
    workspaceId: uuid().notNull(),
    smsProviderId: uuid().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("DefaultSmsProvider_workspaceId_key").on(t.workspaceId),
    reference("DefaultSmsProvider", t.workspaceId, workspace.id),
    reference("DefaultSmsProvider", t.smsProviderId, smsProvider.id),
  ],
);

export const oauthToken = pgTable(
  "OauthToken",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    refreshToken: text().notNull(),
    accessToken: text().notNull(),
    expiresIn: integer().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("OauthToken_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("OauthToken", t.workspaceId, workspace.id),
  ],
);

export const feature = pgTable(
  "Feature",
  {
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    enabled: boolean().default(false).notNull(),
    ...timestamps(),
    config: jsonb(),
  },
  (t) => [
    uniqueIndex("Feature_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("Feature", t.workspaceId, workspace.id),
  ],
);

export const integration = pgTable(
  "Integration",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb().notNull(),
    enabled: boolean().default(true).notNull(),
    ...timestamps(),
    definitionUpdatedAt: moment().defaultNow().notNull(),
  },
  (t) => [
    uniqueIndex("Integration_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("Integration", t.workspaceId, workspace.id),
  ],
);

export const componentConfiguration = pgTable(
  "ComponentConfiguration",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("ComponentConfiguration_workspaceId_name_key").on(
      t.workspaceId,
      t.name,
    ),
    reference("ComponentConfiguration", t.workspaceId, workspace.id),
  ],
);

// ---------------------------------------------------------------------------------------------- audience

export const subscriptionGroup = pgTable(
  "SubscriptionGroup",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    type: dbSubscriptionGroupType().notNull(),
    ...timestamps(),
    channel: dbChannelType().notNull(),
  },
  (t) => [
    index("SubscriptionGroup_workspaceId_idx").on(t.workspaceId),
    uniqueIndex("SubscriptionGroup_workspaceId_name_key").on(
      t.workspaceId,
      t.name,
    ),
    reference("SubscriptionGroup", t.workspaceId, workspace.id),
  ],
);

export const subscriptionManagementTemplate = pgTable(
  "SubscriptionManagementTemplate",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    template: text().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("SubscriptionManagementTemplate_workspaceId_key").on(
      t.workspaceId,
    ),
    reference("SubscriptionManagementTemplate", t.workspaceId, workspace.id),
  ],
);

export const segment = pgTable(
  "Segment",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb().notNull(),
    ...timestamps(),
    resourceType: dbResourceType().default("Declarative").notNull(),
    subscriptionGroupId: uuid(),
    status: segmentStatus().default("Running").notNull(),
    definitionUpdatedAt: moment().defaultNow().notNull(),
  },
  (t) => [
    uniqueIndex("Segment_workspaceId_name_key").on(t.workspaceId, t.name),
    index("Segment_resourceType_idx").on(t.resourceType),
    reference("Segment", t.workspaceId, workspace.id),
    reference(
      "Segment",
      t.subscriptionGroupId,
      subscriptionGroup.id,
      "set null",
    ),
  ],
);

export const segmentAssignment = pgTable(
  "SegmentAssignment",
  {
    userId: text().notNull(),
    inSegment: boolean().notNull(),
    workspaceId: uuid().notNull(),
    segmentId: uuid().notNull(),
  },
  (t) => [
    uniqueIndex("SegmentAssignment_workspaceId_userId_segmentId_key").on(
      t.workspaceId,
      t.userId,
      t.segmentId,
    ),
    reference("SegmentAssignment", t.workspaceId, workspace.id),
    reference("SegmentAssignment", t.segmentId, segment.id),
  ],
);

export const userProperty = pgTable(
  "UserProperty",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb().notNull(),
    ...timestamps(),
    resourceType: dbResourceType().default("Declarative").notNull(),
    definitionUpdatedAt: moment().defaultNow().notNull(),
    exampleValue: text(),
    status: userPropertyStatus().default("Running").notNull(),
  },
  (t) => [
    uniqueIndex("UserProperty_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("UserProperty", t.workspaceId, workspace.id),
  ],
);

export const userPropertyAssignment = pgTable(
  "UserPropertyAssignment",
  {
    userId: text().notNull(),
    userPropertyId: uuid().notNull(),
    value: text().notNull(),
    workspaceId: uuid().notNull(),
  },
  (t) => [
    index("UserPropertyAssignment_userId_idx").on(t.userId),
    uniqueIndex(
      "UserPropertyAssignment_workspaceId_userPropertyId_userId_key",
    ).on(t.workspaceId, t.userPropertyId, t.userId),
    reference("UserPropertyAssignment", t.workspaceId, workspace.id),
    reference("UserPropertyAssignment", t.userPropertyId, userProperty.id),
  ],
);

export const userPropertyIndex = pgTable(
  "UserPropertyIndex",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    userPropertyId: uuid().notNull(),
    type: dbUserPropertyIndexType().notNull(),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("UserPropertyIndex_userPropertyId_key").on(t.userPropertyId),
    reference("UserPropertyIndex", t.workspaceId, workspace.id),
    reference("UserPropertyIndex", t.userPropertyId, userProperty.id),
  ],
);

export const computedPropertyPeriod = pgTable(
  "ComputedPropertyPeriod",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    type: computedPropertyType().notNull(),
    computedPropertyId: uuid().notNull(),
    version: text().notNull(),
    from: moment(),
    to: moment().notNull(),
    step: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index("ComputedPropertyPeriod_workspaceId_type_computedPropertyId__idx").on(
      t.workspaceId,
      t.type,
      t.computedPropertyId,
      t.to,
    ),
    reference("ComputedPropertyPeriod", t.workspaceId, workspace.id),
  ],
);

// ---------------------------------------------------------------------------------------------- messaging

export const messageTemplate = pgTable(
  "MessageTemplate",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb(),
    ...timestamps(),
    resourceType: dbResourceType().default("Declarative").notNull(),
    draft: jsonb(),
  },
  (t) => [
    uniqueIndex("MessageTemplate_workspaceId_name_key").on(
      t.workspaceId,
      t.name,
    ),
    reference("MessageTemplate", t.workspaceId, workspace.id),
  ],
);

export const emailTemplate = pgTable(
  "EmailTemplate", // legacy, unused by Dittofeed's code
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    from: text().notNull(),
    subject: text().notNull(),
    body: text().notNull(),
    ...timestamps(),
    replyTo: text(),
  },
  (t) => [reference("EmailTemplate", t.workspaceId, workspace.id)],
);

export const journey = pgTable(
  "Journey",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    status: journeyStatus().default("NotStarted").notNull(),
    definition: jsonb(),
    ...timestamps(),
    resourceType: dbResourceType().default("Declarative").notNull(),
    canRunMultiple: boolean().default(false).notNull(),
    draft: jsonb(),
    statusUpdatedAt: moment(),
  },
  (t) => [
    uniqueIndex("Journey_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("Journey", t.workspaceId, workspace.id),
  ],
);

export const userJourneyEvent = pgTable(
  "UserJourneyEvent",
  {
    id: rowId(),
    userId: text().notNull(),
    journeyId: uuid(), // no foreign key: Dittofeed keeps events of deleted journeys
    type: text().notNull(),
    journeyStartedAt: moment().notNull(),
    createdAt: createdAt(),
    nodeId: text(),
    eventKey: text(),
    eventKeyName: text(),
  },
  (t) => [
    uniqueIndex(
      "UserJourneyEvent_journeyId_userId_eventKey_eventKeyName_typ_key",
    ).on(
      t.journeyId,
      t.userId,
      t.eventKey,
      t.eventKeyName,
      t.type,
      t.journeyStartedAt,
      t.nodeId,
    ),
  ],
);

export const broadcast = pgTable(
  "Broadcast",
  {
    id: rowId(),
    workspaceId: uuid().notNull(),
    segmentId: uuid(),
    name: text().notNull(),
    triggeredAt: moment(),
    ...timestamps(),
    journeyId: uuid(),
    messageTemplateId: uuid(),
    status: dbBroadcastStatus().default("NotStarted"),
    subscriptionGroupId: uuid(),
    statusV2: dbBroadcastStatusV2().default("Draft"),
    scheduledAt: timestamp({ precision: 3, mode: "string" }),
    version: dbBroadcastVersion().default("V1"),
    archived: boolean().default(false).notNull(),
    config: jsonb(),
  },
  (t) => [
    uniqueIndex("Broadcast_workspaceId_name_key").on(t.workspaceId, t.name),
    reference("Broadcast", t.workspaceId, workspace.id, "restrict"),
    reference("Broadcast", t.segmentId, segment.id, "set null"),
    reference("Broadcast", t.journeyId, journey.id, "set null"),
    reference("Broadcast", t.messageTemplateId, messageTemplate.id, "set null"),
  ],
);
