// FACE of schema/: every table and enum, the one import path for them. What each table is to a tenant is said in
// policies.ts; policies, triggers, grants, partitions and concurrent indexes are in migrations/. Never rely on the
// physical order of columns.

export * from "./schema/cache";
export * from "./schema/dittofeed";
export * from "./schema/messages";
export * from "./schema/partitioned";
export * from "./schema/quotas";
export * from "./schema/tenancy";
