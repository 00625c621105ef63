// Notes on where tenants' data goes by other ways than queries: the server's log, replication, and the side channels that
// row-level security leaves open by its nature. Nothing here is wrong in itself; an operator should know it.

import { liveDialects } from "../policyState";
import { type Check, problemIf } from "./check";

interface LogSettings {
  statement: string;
  minDuration: number;
  minSample: number;
  parameters: number;
  parametersOnError: number;
}

const LOG = `
  SELECT current_setting('log_statement') AS "statement",
         (SELECT setting::integer FROM pg_catalog.pg_settings WHERE name = 'log_min_duration_statement') AS "minDuration",
         (SELECT setting::integer FROM pg_catalog.pg_settings WHERE name = 'log_min_duration_sample') AS "minSample",
         (SELECT setting::integer FROM pg_catalog.pg_settings WHERE name = 'log_parameter_max_length') AS "parameters",
         (SELECT setting::integer FROM pg_catalog.pg_settings WHERE name = 'log_parameter_max_length_on_error') AS "parametersOnError"`;

const logs: Check = {
  id: "log.parameters",
  group: "Logs and replication",
  title: "The server's log keeps no values of queries",
  scope: "full",
  needsTables: false,
  run: async ({ query }) => {
    const rows = await query<LogSettings>(LOG);
    return rows.flatMap((settings) => {
      const isLogged =
        ["mod", "all"].includes(settings.statement) ||
        settings.minDuration >= 0 ||
        settings.minSample >= 0;
      return problemIf(
        [
          ...(isLogged && settings.parameters !== 0
            ? [
                `statements are logged with their values (log_statement = ${settings.statement}, log_min_duration_statement = ${settings.minDuration}, log_parameter_max_length = ${settings.parameters})`,
              ]
            : []),
          ...(settings.parametersOnError === 0
            ? []
            : [
                `failed statements are logged with their values (log_parameter_max_length_on_error = ${settings.parametersOnError})`,
              ]),
        ],
        {
          severity: "note",
          title: "The server's log keeps values of queries",
          why: "E-mail addresses, traits of users and keys of all workspaces then lie in one file, which no policy guards.",
          mend: [
            "ALTER SYSTEM SET log_parameter_max_length = 0;",
            "ALTER SYSTEM SET log_parameter_max_length_on_error = 0;",
            "SELECT pg_reload_conf();",
          ],
        },
      );
    });
  },
};

const PUBLICATIONS = `
  SELECT p.pubname::text AS "name", count(*)::integer AS "tables"
    FROM pg_catalog.pg_publication AS p
    CROSS JOIN LATERAL pg_catalog.pg_get_publication_tables(p.pubname) AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
   WHERE t.relid = ANY ($1::oid[]) GROUP BY 1 ORDER BY 1`;

const publications: Check = {
  id: "replication.publications",
  group: "Logs and replication",
  title: "No tenants' table is published",
  scope: "full",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<{ name: string; tables: number }>(PUBLICATIONS, [
      guarded.map(({ oid }) => oid),
    ]);
    return problemIf(
      found.map(({ name, tables }) => `${name}: ${tables} tables`),
      {
        severity: "note",
        title: "Tenants' tables are published by logical replication",
        why: "A subscriber receives every workspace's rows; its own database decides who sees them there.",
        mend: found.map(
          ({ name }) =>
            `DROP PUBLICATION "${name.replaceAll('"', '""')}"; -- unless the subscriber is yours, and guarded as this database is`,
        ),
      },
    );
  },
};

const WATCHES = `
  SELECT bool_or(pg_catalog.has_function_privilege('dittofeed_app', p.oid, 'EXECUTE')) AS "watches"
    FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = 'pg_catalog'::regnamespace
     AND p.proname IN ('pg_stat_get_activity', 'pg_terminate_backend', 'pg_cancel_backend')`;

const sideChannels: Check = {
  id: "side-channels.open",
  group: "Logs and replication",
  title: "Row-level security leaves nothing open",
  scope: "full",
  needsTables: true,
  run: async ({ client, query }) => {
    const dialects = await liveDialects(client);
    const isSealed = dialects.size === 1 && dialects.has("sealed");
    const [sessions] = await query<{ watches: boolean }>(WATCHES);
    return [
      {
        severity: "note",
        title: "What row-level security leaves open",
        what: [
          ...(isSealed
            ? []
            : [
                "set_config: who runs SQL can name another workspace in the context, unless contexts are sealed (CONTEXT_SEAL_KEY)",
              ]),
          ...(sessions?.watches === true
            ? [
                "pg_stat_activity and signals: who is at work, and ending it (rights.sessions)",
              ]
            : []),
          "ALTER ROLE: the app's login can preset its own settings and password; login.settings shows what is preset",
          '"WorkspaceMember"."lastWorkspaceId": of a member of two workspaces, the id of the one used last',
          "primary keys on id: that an id is taken, to whoever knows it",
          "EXPLAIN: row estimates come from all workspaces' rows",
          "pg_class and counters: sums over all workspaces",
          "locks: that somebody waits; advisory locks are shared by the whole database",
          "time: that the server is busy, whoever keeps it so",
        ],
        why: "Each needs SQL of one's own, by an injection. docs/security.md has them all.",
        mend: [
          "Nothing to do. Where it matters, keep a workspace in a database of its own.",
        ],
      },
    ];
  },
};

export const leakChecks: readonly Check[] = [logs, publications, sideChannels];
