// What the checker's processes read and write: workspaces and rows with fixed ids, so that they agree on them without talking.
// Every row that is written bears a version that was never there before. Owns the tables and how a row of each is written.

const id = (kind: number, at: number) =>
  `00000000-0000-4000-8000-${String(kind * 1_000_000 + at).padStart(12, "0")}`;
const ids = (kind: number, count: number) =>
  Array.from({ length: count }, (_, at) => id(kind, at));

/** Always there. */
export const PLAIN = ids(1, 8);
/** Whose keys and limits hold for their children too. */
export const PARENTS = ids(2, 2);
/** Change their parent, or have none. */
export const CHILDREN = ids(3, 3);
/** Deleted, and made again with the same id. */
export const MORTAL = ids(4, 2);
/** Those that are read most come first. */
export const ALL: readonly string[] = [
  ...PLAIN.slice(0, 3),
  ...CHILDREN,
  ...MORTAL,
  ...PARENTS,
  ...PLAIN.slice(3),
];

/** Rows of a table that a workspace may have, at most. */
export const ROWS = 3;

const RESOURCES = ["users", "journeys", "templates"];

export interface Table {
  readonly name: string;
  /** The column that bears the version. */
  readonly version: string;
  /** Tells the rows of a workspace apart. */
  readonly key: string;
  /** The key of a workspace's row, by its number. */
  readonly keyOf: (workspaceId: string, at: number) => string;
  /** Writes the row, whether or not it is there: $1 the workspace, $2 the key, $3 the version. */
  readonly write: string;
}

const rowId = (table: number) => (workspaceId: string, at: number) =>
  `${workspaceId.slice(0, 18)}-${String(8000 + table)}-${workspaceId.slice(-10)}${String(at).padStart(2, "0")}`;

const upsert = (
  table: string,
  version: string,
  columns: string,
  values: string,
) => `
  INSERT INTO public."${table}" ("workspaceId", "id", "${version}", "updatedAt"${columns})
  VALUES ($1, $2, $3, now()${values})
  ON CONFLICT ("id") DO UPDATE SET "${version}" = excluded."${version}" WHERE "${table}"."workspaceId" = excluded."workspaceId"`;

function simple(
  at: number,
  name: string,
  version: string,
  columns = "",
  values = "",
): Table {
  return {
    name,
    version,
    key: "id",
    keyOf: rowId(at),
    write: upsert(name, version, columns, values),
  };
}

const SEGMENT = `{"entryNode": {"type": "Trait", "id": "entry", "path": "plan", "operator": {"type": "Equals", "value": "pro"}}, "nodes": []}`;

export const TABLES: readonly Table[] = [
  simple(1, "Segment", "name", `, "definition"`, `, '${SEGMENT}'`),
  simple(2, "Journey", "name"),
  simple(3, "MessageTemplate", "name"),
  simple(
    4,
    "UserProperty",
    "name",
    `, "definition"`,
    `, '{"type": "Trait", "path": "plan"}'`,
  ),
  simple(
    5,
    "SubscriptionGroup",
    "name",
    `, "type", "channel"`,
    `, 'OptIn', 'Email'`,
  ),
  simple(6, "Secret", "value", `, "name"`, `, $2::uuid::text`),
  simple(7, "EmailProvider", "apiKey", `, "type"`, `, $2::uuid::text`),
  {
    name: "WorkspaceQuota",
    version: "amount",
    key: "resourceType",
    keyOf: (_workspaceId, at) => RESOURCES[at % RESOURCES.length] ?? "",
    write: `
      INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, 'limit', $3)
      ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
  },
];

/** The table by its name. Throws for one that is not written here. */
export function tableNamed(name: string): Table {
  const found = TABLES.find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`The checker has no table ${name}.`);
  }
  return found;
}

/** $1 the workspace, $2 its name, which is its version, $3 its parent or null. */
export const MAKE_WORKSPACE = `
  INSERT INTO public."Workspace" ("id", "name", "type", "status", "parentWorkspaceId", "updatedAt")
  VALUES ($1::uuid, $2, CASE WHEN $3::uuid IS NULL THEN 'Root' ELSE 'Child' END::public."WorkspaceType", 'Active', $3::uuid, now())
  ON CONFLICT ("id") DO NOTHING`;

const OF_A_PROCESS = 1_000_000_000;

/** Versions of one process: whole numbers as text, so that a limit can bear them, and no two processes have one in common. */
export class Versions {
  private next = 0;

  constructor(private readonly process: number) {}

  draw(): string {
    this.next += 1;
    return String((this.process + 1) * OF_A_PROCESS + this.next);
  }
}
