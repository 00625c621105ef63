// What the global setup hands to every test file. Import this module where `inject("postgresAdminUrl")` and the like
// are used: it tells the compiler their types.
import "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Superuser URL of the tests' own Postgres; make a database for each file, and connect to it as a plain role. */
    postgresAdminUrl: string;
    /** A migrated, empty database to clone: CREATE DATABASE x TEMPLATE this OWNER dittofeed_owner. */
    templateDatabase: string;
    /** URL of the tests' own Redis; null when this machine has none, and then tests that need it are skipped. */
    redisUrl: string | null;
  }
}
