// Checks of the settings that a session begins with: by ALTER ROLE and ALTER DATABASE anybody who owns the role or database
// can preset what isolation or the product rests on. Owns which of them are harmful.

import { type Check, oncePer, problemIf } from "./check";
import { type Examination, type Login } from "./examination";

interface Preset {
  /** Null: for every role, or in every database. */
  role: string | null;
  database: string | null;
  name: string;
}

/** What is preset for the logins in use. Values are left out: nobody knows what somebody keeps there. */
const PRESETS = `
  SELECT r.rolname::text AS "role", d.datname::text AS "database", split_part(setting, '=', 1) AS "name"
    FROM pg_catalog.pg_db_role_setting AS s
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
    CROSS JOIN LATERAL unnest(s.setconfig) AS setting
   WHERE (s.setrole = 0 OR r.rolname = ANY ($1)) AND (s.setdatabase = 0 OR d.datname = current_database())
   ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3`;

const presets = oncePer((examination: Examination) =>
  examination.query<Preset>(PRESETS, [
    examination.logins.map(({ name }) => name),
  ]),
);

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A setting may have two parts, as app.current_workspace_id has. */
const quotedSetting = (name: string) => name.split(".").map(quoted).join(".");

const placeOf = ({ role, database }: Preset) =>
  [
    role === null && database !== null ? undefined : `role ${role ?? "ALL"}`,
    database === null ? undefined : `database ${database}`,
  ]
    .filter((part) => part !== undefined)
    .join(" in ");

function resetOf(preset: Preset): string {
  const { role, database, name } = preset;
  const reset = `RESET ${quotedSetting(name)};`;
  if (role === null && database !== null) {
    return `ALTER DATABASE ${quoted(database)} ${reset}`;
  }
  const where = database === null ? "" : ` IN DATABASE ${quoted(database)}`;
  return `ALTER ROLE ${role === null ? "ALL" : quoted(role)}${where} ${reset}`;
}

/** Schemas that are looked into before public, or the lack of public; the server's own are always looked into first. */
export function searchPathFault(searchPath: string): string | undefined {
  const schemas = searchPath
    .split(",")
    .map((schema) => schema.trim().replace(/^"(.*)"$/, "$1"));
  const at = schemas.indexOf("public");
  if (at === -1) {
    return "without public";
  }
  const before = schemas
    .slice(0, at)
    .filter((schema) => schema !== "$user" && schema !== "pg_catalog");
  return before.length === 0 ? undefined : `${before.join(", ")} before public`;
}

interface Fault {
  readonly setting: string;
  readonly said: string;
}

function faultsOf(login: Login): Fault[] {
  const { variable, workspaceSetting, rowSecurity, replicationRole } = login;
  const path = searchPathFault(login.searchPath);
  const fault = (isFault: boolean, setting: string, said: string): Fault[] =>
    isFault ? [{ setting, said: `${variable} begins ${said}` }] : [];
  return [
    ...fault(
      workspaceSetting !== "",
      "app.current_workspace_id",
      "in a workspace",
    ),
    ...fault(rowSecurity !== "on", "row_security", "with row_security = off"),
    ...fault(
      replicationRole !== "origin",
      "session_replication_role",
      `with session_replication_role = ${replicationRole}`,
    ),
    ...fault(
      path !== undefined,
      "search_path",
      `with a search_path that has ${path ?? ""}`,
    ),
    ...fault(
      login.isReadOnly,
      "default_transaction_read_only",
      "with default_transaction_read_only = on",
    ),
    ...fault(
      login.actsAs !== login.name,
      "role",
      `as another role, ${login.actsAs}`,
    ),
  ];
}

const harmless: Check = {
  id: "login.settings",
  group: "Logins",
  title: "No login begins with settings that weaken isolation",
  scope: "start",
  needsTables: false,
  run: async (examination) => {
    const faults = examination.logins.flatMap(faultsOf);
    const all = await presets(examination);
    const isFaulty = ({ name }: Preset) =>
      faults.some(({ setting }) => setting === name);
    const others = all.filter((preset) => !isFaulty(preset));
    return [
      ...problemIf(
        faults.map(({ said }) => said),
        {
          severity: "failure",
          title: "A login begins with settings that weaken isolation",
          why: "A preset workspace serves as the context of statements that have none; a schema before public puts its tables in the place of the real ones; row_security = off turns every filtered read into an error; replication's role checks no references and fires no triggers; and what only reads cannot serve.",
          mend: [
            ...all.filter(isFaulty).map(resetOf),
            "Where that is not it: the server's own configuration, the URL's options, and PGOPTIONS.",
          ],
        },
      ),
      ...problemIf(
        others.map((preset) => `${preset.name}, by ${placeOf(preset)}`),
        {
          severity: "note",
          title: "Settings are preset for a login or the database",
          why: "They change how every statement runs. A login may preset its own, so an injection can: these may be nobody's intent.",
          mend: others.map(resetOf),
        },
      ),
    ];
  },
};

export const settingChecks: readonly Check[] = [harmless];
