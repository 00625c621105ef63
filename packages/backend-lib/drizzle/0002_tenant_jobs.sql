CREATE TYPE "public"."TenantJobState" AS ENUM('Waiting', 'Done', 'Failed');--> statement-breakpoint
CREATE TABLE "TenantJob" (
	"workspaceId" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"task" text NOT NULL,
	"key" text,
	"actor" jsonb NOT NULL,
	"requestId" text NOT NULL,
	"input" jsonb NOT NULL,
	"state" "TenantJobState" DEFAULT 'Waiting' NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"maxAttempts" bigint DEFAULT 25 NOT NULL,
	"runAt" timestamp with time zone DEFAULT now() NOT NULL,
	"leaseId" uuid,
	"lastError" text,
	"createdAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finishedAt" timestamp (3) with time zone,
	CONSTRAINT "TenantJob_pkey" PRIMARY KEY("workspaceId","id")
);
--> statement-breakpoint
ALTER TABLE "TenantJob" ADD CONSTRAINT "TenantJob_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE UNIQUE INDEX "TenantJob_workspaceId_key_key" ON "TenantJob" USING btree ("workspaceId","key");--> statement-breakpoint
CREATE INDEX "TenantJob_workspaceId_runAt_idx" ON "TenantJob" USING btree ("workspaceId","runAt","id") WHERE "state" = 'Waiting';--> statement-breakpoint
CREATE INDEX "TenantJob_workspaceId_leaseId_idx" ON "TenantJob" USING btree ("workspaceId","runAt") WHERE "leaseId" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "TenantJob_finishedAt_idx" ON "TenantJob" USING btree ("finishedAt") WHERE "finishedAt" IS NOT NULL;