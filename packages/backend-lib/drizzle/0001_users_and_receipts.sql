CREATE TABLE "UserEventReceipt" (
	"workspaceId" uuid NOT NULL,
	"messageId" text NOT NULL,
	"receivedAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "UserEventReceipt_pkey" PRIMARY KEY("workspaceId","messageId")
);
--> statement-breakpoint
CREATE TABLE "WorkspaceUser" (
	"workspaceId" uuid NOT NULL,
	"userId" text NOT NULL,
	"isAnonymous" boolean DEFAULT false NOT NULL,
	"traits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"traitTimes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"firstSeenAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lastSeenAt" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "WorkspaceUser_pkey" PRIMARY KEY("workspaceId","userId")
);
--> statement-breakpoint
ALTER TABLE "UserEventReceipt" ADD CONSTRAINT "UserEventReceipt_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "WorkspaceUser" ADD CONSTRAINT "WorkspaceUser_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "public"."Workspace"("id") ON DELETE cascade ON UPDATE cascade;