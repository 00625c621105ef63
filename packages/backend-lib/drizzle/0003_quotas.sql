CREATE TYPE "public"."QuotaLayer" AS ENUM('limit', 'ceiling', 'children', 'pool');--> statement-breakpoint
CREATE TYPE "public"."QuotaReservationState" AS ENUM('Open', 'Committed', 'Released', 'Expired');--> statement-breakpoint
CREATE TYPE "public"."MessageState" AS ENUM('Queued', 'Sending', 'Sent', 'Failed', 'Unknown', 'Skipped');--> statement-breakpoint
CREATE TABLE "HeldEvent" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"messageId" text NOT NULL,
	"userOrAnonymousId" text NOT NULL,
	"resourceType" text NOT NULL,
	"event" jsonb NOT NULL,
	"receivedAt" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "HeldEvent_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
CREATE TABLE "HeldEventFigures" (
	"workspaceId" uuid PRIMARY KEY NOT NULL,
	"waiting" bigint DEFAULT 0 NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"admitted" bigint DEFAULT 0 NOT NULL,
	"droppedFull" bigint DEFAULT 0 NOT NULL,
	"droppedAged" bigint DEFAULT 0 NOT NULL,
	"dropped" bigint DEFAULT 0 NOT NULL,
	"storedUntil" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "QuotaChange" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"resourceType" text NOT NULL,
	"layer" "QuotaLayer" NOT NULL,
	"wasSet" boolean NOT NULL,
	"oldAmount" bigint,
	"isSet" boolean NOT NULL,
	"newAmount" bigint,
	"changedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" jsonb,
	"requestId" text,
	CONSTRAINT "QuotaChange_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
CREATE TABLE "QuotaCrossing" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"resourceType" text NOT NULL,
	"period" date NOT NULL,
	"isPool" boolean DEFAULT false NOT NULL,
	"percent" bigint NOT NULL,
	"used" bigint NOT NULL,
	"limit" bigint NOT NULL,
	"crossedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"resolvedAt" timestamp (3) with time zone,
	CONSTRAINT "QuotaCrossing_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
CREATE TABLE "QuotaDefault" (
	"resourceType" text PRIMARY KEY NOT NULL,
	"isMonthly" boolean NOT NULL,
	"amount" bigint,
	"updatedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "QuotaDefault_amount_check" CHECK ("amount" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE "QuotaExemption" (
	"workspaceId" uuid NOT NULL,
	"resourceType" text NOT NULL,
	"resourceId" uuid NOT NULL,
	CONSTRAINT "QuotaExemption_pkey" PRIMARY KEY("workspaceId","resourceType","resourceId")
);
--> statement-breakpoint
CREATE TABLE "QuotaNotification" (
	"workspaceId" uuid PRIMARY KEY NOT NULL,
	"webhookUrl" text,
	"thresholds" jsonb,
	"updatedAt" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "QuotaReservation" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"resourceType" text NOT NULL,
	"period" date NOT NULL,
	"key" text,
	"requested" bigint NOT NULL,
	"granted" bigint NOT NULL,
	"committed" bigint,
	"state" "QuotaReservationState" DEFAULT 'Open' NOT NULL,
	"expiresAt" timestamp (3) with time zone NOT NULL,
	"createdAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finishedAt" timestamp (3) with time zone,
	CONSTRAINT "QuotaReservation_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
CREATE TABLE "WorkspaceQuota" (
	"workspaceId" uuid NOT NULL,
	"resourceType" text NOT NULL,
	"layer" "QuotaLayer" NOT NULL,
	"amount" bigint,
	"createdAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "WorkspaceQuota_pkey" PRIMARY KEY("workspaceId","resourceType","layer"),
	CONSTRAINT "WorkspaceQuota_amount_check" CHECK ("amount" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE "WorkspaceUsage" (
	"workspaceId" uuid NOT NULL,
	"resourceType" text NOT NULL,
	"period" date NOT NULL,
	"isPool" boolean DEFAULT false NOT NULL,
	"slot" bigint DEFAULT 0 NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"room" bigint DEFAULT 0 NOT NULL,
	"poolWorkspaceId" uuid,
	CONSTRAINT "WorkspaceUsage_pkey" PRIMARY KEY("workspaceId","resourceType","period","isPool","slot")
);
--> statement-breakpoint
CREATE TABLE "WorkspaceUsageSample" (
	"workspaceId" uuid NOT NULL,
	"resourceType" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"period" date NOT NULL,
	"used" bigint NOT NULL,
	"peak" bigint NOT NULL,
	CONSTRAINT "WorkspaceUsageSample_pkey" PRIMARY KEY("workspaceId","resourceType","hour","period")
);
--> statement-breakpoint
CREATE TABLE "Message" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"messageId" text NOT NULL,
	"userId" text NOT NULL,
	"channel" "DBChannelType" NOT NULL,
	"templateId" uuid,
	"broadcastId" uuid,
	"subscriptionGroupId" uuid,
	"provider" text,
	"state" "MessageState" DEFAULT 'Queued' NOT NULL,
	"reason" text,
	"period" date DEFAULT (date_trunc('month', now() AT TIME ZONE 'UTC'))::date NOT NULL,
	"content" jsonb NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"runAt" timestamp with time zone DEFAULT now() NOT NULL,
	"createdAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sentAt" timestamp (3) with time zone,
	CONSTRAINT "Message_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
ALTER TABLE "WorkspaceUser" ADD COLUMN "traitsBytes" bigint GENERATED ALWAYS AS (octet_length(("traits")::text)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "HeldEvent" ADD CONSTRAINT "HeldEvent_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "HeldEventFigures" ADD CONSTRAINT "HeldEventFigures_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "QuotaChange" ADD CONSTRAINT "QuotaChange_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "QuotaCrossing" ADD CONSTRAINT "QuotaCrossing_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "QuotaExemption" ADD CONSTRAINT "QuotaExemption_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "QuotaNotification" ADD CONSTRAINT "QuotaNotification_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "QuotaReservation" ADD CONSTRAINT "QuotaReservation_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "WorkspaceQuota" ADD CONSTRAINT "WorkspaceQuota_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "WorkspaceUsage" ADD CONSTRAINT "WorkspaceUsage_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "WorkspaceUsageSample" ADD CONSTRAINT "WorkspaceUsageSample_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE UNIQUE INDEX "HeldEvent_workspaceId_messageId_key" ON "HeldEvent" USING btree ("workspaceId","messageId");--> statement-breakpoint
CREATE INDEX "HeldEvent_workspaceId_userOrAnonymousId_idx" ON "HeldEvent" USING btree ("workspaceId","userOrAnonymousId","id");--> statement-breakpoint
CREATE INDEX "HeldEvent_workspaceId_resourceType_idx" ON "HeldEvent" USING btree ("workspaceId","resourceType","id");--> statement-breakpoint
CREATE INDEX "HeldEvent_receivedAt_idx" ON "HeldEvent" USING btree ("receivedAt");--> statement-breakpoint
CREATE INDEX "QuotaChange_workspaceId_changedAt_idx" ON "QuotaChange" USING btree ("workspaceId","changedAt","id");--> statement-breakpoint
CREATE UNIQUE INDEX "QuotaCrossing_open_key" ON "QuotaCrossing" USING btree ("workspaceId","resourceType","period","isPool","percent") WHERE "resolvedAt" IS NULL;--> statement-breakpoint
CREATE INDEX "QuotaCrossing_workspaceId_crossedAt_idx" ON "QuotaCrossing" USING btree ("workspaceId","crossedAt","id");--> statement-breakpoint
CREATE UNIQUE INDEX "QuotaReservation_workspaceId_resourceType_key_key" ON "QuotaReservation" USING btree ("workspaceId","resourceType","key");--> statement-breakpoint
CREATE INDEX "QuotaReservation_workspaceId_state_expiresAt_idx" ON "QuotaReservation" USING btree ("workspaceId","resourceType","state","expiresAt");--> statement-breakpoint
CREATE INDEX "QuotaReservation_expiresAt_idx" ON "QuotaReservation" USING btree ("expiresAt") WHERE "state" = 'Open';--> statement-breakpoint
CREATE INDEX "WorkspaceUsageSample_hour_idx" ON "WorkspaceUsageSample" USING btree ("hour");--> statement-breakpoint
CREATE UNIQUE INDEX "Message_workspaceId_messageId_key" ON "Message" USING btree ("workspaceId","messageId");--> statement-breakpoint
CREATE INDEX "Message_workspaceId_runAt_idx" ON "Message" USING btree ("workspaceId","runAt","id") WHERE "state" IN ('Queued', 'Sending');--> statement-breakpoint
CREATE INDEX "Message_workspaceId_createdAt_idx" ON "Message" USING btree ("workspaceId","createdAt","id");--> statement-breakpoint
CREATE INDEX "Message_workspaceId_broadcastId_idx" ON "Message" USING btree ("workspaceId","broadcastId","id") WHERE "broadcastId" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "Message_workspaceId_userId_idx" ON "Message" USING btree ("workspaceId","userId","createdAt");