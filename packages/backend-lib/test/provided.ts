// What the global setup hands to every test file. Import this module where `inject("postgresAdminUrl")` and the like
// are used: it tells the compiler their types.
import "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Superuser URL of the tests' own Postgres; make a database for each file, and connect to it as a plain role. */
    postgresAdminUrl: string;
    /** A migrated, empty database to clone: CREATE DATABASE x TEMPLATE this OWNER dittofeed_owner. */
    templateDatabase: string;
    /**
     * URLs of PgBouncers before that Postgres, one in either mode, each with 3 connections for each pair of login and
     * database; put a database and one of the product's logins into them (`useViaPgBouncer` does). As they are, they open
     * the console. Null when this machine has no PgBouncer, and then tests that need it are skipped.
     */
    pgBouncerUrls: { transaction: string; session: string } | null;
    /** URL of the tests' own Redis; null when this machine has none, and then tests that need it are skipped. */
    redisUrl: string | null;
  }
}
