import { defineConfig } from "drizzle-kit";

// Tables only: roles, policies, triggers, partitions and concurrent indexes are hand-written in src/db/migrations.
export default defineConfig({
  dialect: "postgresql",
  schema: [
    "./src/db/schema/dittofeed.ts",
    "./src/db/schema/tenancy.ts",
    "./src/db/schema/quotas.ts",
    "./src/db/schema/messages.ts",
    "./src/db/schema/cache.ts",
  ],
  out: "./drizzle",
});
