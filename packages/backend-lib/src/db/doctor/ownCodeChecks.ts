// Checks that the guards made of code are what the migrations made: functions, triggers, and who may call what works with
// its owner's rights. A guard that was dropped or emptied looks well to every query until somebody crosses.

import { type Check, problemIf } from "./check";
import { APP_ROLE } from "./examination";
import {
  canonicalTrigger,
  type OwnFunction,
  ownFunctions,
  ownTriggers,
  withLineFeeds,
} from "./ownCode";

interface LiveFunction {
  name: string;
  body: string;
  isDefiner: boolean;
  settings: string[];
}

const FUNCTIONS = `
  SELECT n.nspname || '.' || p.proname AS "name", p.prosrc AS "body", p.prosecdef AS "isDefiner",
         coalesce(p.proconfig, '{}') AS "settings"
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
   WHERE n.nspname || '.' || p.proname = ANY ($1)`;

/** What is not as the migration has it; nothing when all is. */
function changed(own: OwnFunction, live: readonly LiveFunction[]): string[] {
  const [found] = live;
  if (found === undefined) {
    return ["is missing"];
  }
  const setting = `search_path=${own.searchPath ?? ""}`;
  return [
    ...(live.length > 1 ? ["is there more than once"] : []),
    ...(withLineFeeds(found.body) === own.body ? [] : ["has another body"]),
    ...(found.isDefiner === own.isDefiner
      ? []
      : [`is ${own.isDefiner ? "not " : ""}SECURITY DEFINER`]),
    ...(own.searchPath === undefined || found.settings.includes(setting)
      ? []
      : ["does not set its search_path"]),
  ];
}

const functions: Check = {
  id: "function.as-migrated",
  group: "Functions and views",
  title: "Every function of ours is as its migration made it",
  scope: "isolation",
  needsTables: true,
  run: async ({ query }) => {
    const own = ownFunctions();
    const live = await query<LiveFunction>(FUNCTIONS, [
      own.map(({ name }) => name),
    ]);
    const found = own.flatMap((each) => {
      const those = live.filter(({ name }) => name === each.name);
      const how = changed(each, those);
      return how.length === 0
        ? []
        : [{ ...each, said: `${each.name} ${how.join(", ")}` }];
    });
    return problemIf(
      found.map(({ said }) => said),
      {
        severity: "failure",
        title: "A function of ours is not as its migration made it",
        why: "These functions are guards: they check seals, keep references within a workspace, count what quotas limit, tell caches what changed and give new partitions their policies. A changed one lets through what it should refuse.",
        mend: found.map(
          ({ name, migration }) =>
            `Run CREATE FUNCTION ${name} of the migration ${migration} again, as the owner and with OR REPLACE; drop others of its name.`,
        ),
      },
    );
  },
};

const TRIGGERS = `
  SELECT t.tgname::text AS "name", c.relname::text AS "table", t.tgenabled::text AS "enabled",
         pg_catalog.pg_get_triggerdef(t.oid) AS "statement"
    FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
   WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgname = ANY ($1)`;

const triggers: Check = {
  id: "trigger.as-migrated",
  group: "Functions and views",
  title: "Every trigger of ours is as its migration made it",
  scope: "isolation",
  needsTables: true,
  run: async ({ query }) => {
    const own = ownTriggers();
    const live = await query<{
      name: string;
      table: string;
      enabled: string;
      statement: string;
    }>(TRIGGERS, [own.map(({ name }) => name)]);
    const found = own.flatMap((each) => {
      const same = live.find(
        ({ name, table }) => name === each.name && table === each.table,
      );
      const label = `${each.name} on public."${each.table}"`;
      if (same === undefined) {
        return [{ ...each, said: `${label} is missing` }];
      }
      const isAsMade =
        canonicalTrigger(same.statement) === canonicalTrigger(each.statement);
      return isAsMade && ["O", "A"].includes(same.enabled)
        ? []
        : [
            {
              ...each,
              said: `${label} ${isAsMade ? "is switched off" : `is now: ${same.statement}`}`,
            },
          ];
    });
    return problemIf(
      found.map(({ said }) => said),
      {
        severity: "failure",
        title: "A trigger of ours is missing, changed or switched off",
        why: "It guards what no policy can: that a unique key does not tell of another workspace's row, that every workspace's jobs get their turn, that no quota is exceeded, and that no cache keeps what has changed, such as a key that was revoked.",
        mend: found.map(
          ({ name, table, migration, statement }) =>
            `DROP TRIGGER IF EXISTS ${name} ON public."${table}"; ${statement.replaceAll(/\s+/g, " ")} -- ${migration}`,
        ),
      },
    );
  },
};

/** Those that have to be. That their bodies are ours is a check of its own. */
const MEANT = [
  "tenancy.context_seal_problem(uuid,text)", // reads keys that the app must not see, and answers whether a seal is good
  // Counters are written by functions alone. Each asks for the workspace of the context, and works in no other.
  "tenancy.own_workspace()",
  "tenancy.quota_consume(uuid,text,bigint,boolean)",
  "tenancy.quota_end_reservation(uuid,uuid,bigint)",
  "tenancy.quota_reserve(uuid,text,bigint,boolean,text,interval)",
  "tenancy.quota_states()",
];

const CALLABLE = `
  SELECT DISTINCT p.oid::regprocedure::text AS "signature"
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY ($1) AND NOT r.rolsuper
   WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
     AND p.prorettype <> ALL (ARRAY['pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype])
     AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
     AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
   ORDER BY 1`;

const definers: Check = {
  id: "function.definer",
  group: "Functions and views",
  title: "The app role calls nothing that works with its owner's rights",
  scope: "isolation",
  needsTables: true,
  run: async ({ query, logins }) => {
    const callers = [
      APP_ROLE,
      ...logins.flatMap(({ variable, name }) =>
        variable === "DATABASE_URL" ? [name] : [],
      ),
    ];
    const found = (
      await query<{ signature: string }>(CALLABLE, [callers])
    ).flatMap(({ signature }) =>
      MEANT.includes(signature) ? [] : [signature],
    );
    return problemIf(found, {
      severity: "failure",
      title:
        "The app role may call a function that works with its owner's rights",
      why: "Within a SECURITY DEFINER function the owner's policies hold, which allow everything: it shows or changes whatever it is written to, in every workspace.",
      mend: found.map(
        (signature) =>
          `REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC, ${APP_ROLE}; -- or ALTER FUNCTION ${signature} SECURITY INVOKER;`,
      ),
    });
  },
};

const LEAKPROOF = `
  SELECT p.oid::regprocedure::text AS "signature" FROM pg_catalog.pg_proc AS p
   WHERE p.proleakproof AND p.pronamespace <> 'pg_catalog'::regnamespace ORDER BY 1`;

const leakproof: Check = {
  id: "function.leakproof",
  group: "Functions and views",
  title: "No function but the server's own is called leakproof",
  scope: "isolation",
  needsTables: false,
  run: async ({ query }) => {
    const found = (await query<{ signature: string }>(LEAKPROOF)).map(
      ({ signature }) => signature,
    );
    return problemIf(found, {
      severity: "failure",
      title: "A function is called leakproof",
      why: "In a condition it may run before the policy, on rows of every workspace; by an error or a message it can show them.",
      mend: found.map(
        (signature) => `ALTER FUNCTION ${signature} NOT LEAKPROOF;`,
      ),
    });
  },
};

export const ownCodeChecks: readonly Check[] = [
  functions,
  triggers,
  definers,
  leakproof,
];
