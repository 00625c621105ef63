CREATE TABLE "CacheGeneration" (
	"workspaceId" uuid NOT NULL,
	"scope" text NOT NULL,
	"slot" bigint NOT NULL,
	"generation" bigint NOT NULL,
	CONSTRAINT "CacheGeneration_pkey" PRIMARY KEY("workspaceId","scope","slot"),
	CONSTRAINT "CacheGeneration_scope_check" CHECK ("scope" ~ '^[^ ]+$')
);
