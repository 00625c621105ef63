// What is read: the places whose values the cache keeps, what their values consist of, and in how many ways. The judge tells a
// place's value from the log, a process loads it from the database, and both come to the same fingerprint.

import { createHash } from "node:crypto";

import { Type } from "@sinclair/typebox";

import {
  type CacheKind,
  type CacheScope,
  HOST,
  processKind,
  sharedKind,
} from "../../src/multitenancy/cache";
import { ALL, CHILDREN, MORTAL, PARENTS, ROWS, tableNamed } from "./world";

/** A value as it is cached: where it was loaded for, and its rows, each `<table> <key>=<version>`, in order. */
export interface Value {
  readonly place: string;
  readonly rows: readonly string[];
}

const ValueSchema = Type.Object({
  place: Type.String(),
  rows: Type.Array(Type.String()),
});

export interface PlaceKind {
  readonly cacheKind: CacheKind<Value>;
  /** Tables whose rows of the workspace are in the value. */
  readonly tables: readonly string[];
  /** One row, which the place's key names, in place of all. */
  readonly isOfOneRow: boolean;
  /** What a parent, which the place's key names, has in the tables is in the value too, and the rows of both workspaces. */
  readonly hasParents: boolean;
  /** How often it is read, among the kinds. */
  readonly weight: number;
}

interface KindOptions {
  readonly isShared?: boolean;
  readonly isOfOneRow?: boolean;
  readonly hasParents?: boolean;
  readonly weight?: number;
}

function kindOf(
  name: string,
  scopes: readonly [CacheScope, ...CacheScope[]],
  tables: readonly string[],
  {
    isShared = true,
    isOfOneRow = false,
    hasParents = false,
    weight = 4,
  }: KindOptions = {},
): PlaceKind {
  return {
    cacheKind: isShared
      ? sharedKind({ name, scopes, schema: ValueSchema })
      : processKind<Value>({ name, scopes }),
    tables,
    isOfOneRow,
    hasParents,
    weight,
  };
}

const DIRECTORY = kindOf("directory", ["directory"], ["Workspace"], {
  isShared: false,
  weight: 1,
});

const KINDS: readonly PlaceKind[] = [
  kindOf("segments", ["segments"], ["Segment"], { weight: 8 }),
  kindOf("segment", ["segments"], ["Segment"], { isOfOneRow: true }),
  kindOf("journeys", ["journeys"], ["Journey"]),
  kindOf("template", ["templates"], ["MessageTemplate"], { isOfOneRow: true }),
  kindOf("userProperties", ["userProperties"], ["UserProperty"]),
  kindOf("groups", ["subscriptionGroups"], ["SubscriptionGroup"]),
  kindOf("settings", ["settings"], ["EmailProvider", "Secret"], {
    isShared: false,
  }),
  kindOf("access", ["access"], ["Workspace", "Secret"], {
    isShared: false,
    hasParents: true,
    weight: 8,
  }),
  kindOf("quotas", ["quotas"], ["WorkspaceQuota"], { hasParents: true }),
  kindOf(
    "overview",
    ["segments", "journeys", "templates"],
    ["Segment", "Journey", "MessageTemplate"],
  ),
];

export interface Place {
  readonly at: number;
  readonly name: string;
  readonly kind: PlaceKind;
  readonly workspaceId: string;
  readonly key: string;
}

const LENT_TO = new Set([...CHILDREN, ...MORTAL]);

/** A place of one row is named by the row's key, one with a parent by the parent: any that the workspace may come to have. */
function keysOf(
  { isOfOneRow, hasParents, tables }: PlaceKind,
  workspaceId: string,
): readonly string[] {
  if (isOfOneRow) {
    const { keyOf } = tableNamed(tables[0] ?? "");
    return Array.from({ length: ROWS }, (_, at) => keyOf(workspaceId, at));
  }
  return hasParents && LENT_TO.has(workspaceId) ? PARENTS : [""];
}

const place = (kind: PlaceKind, workspaceId: string, key: string) => ({
  name: `${kind.cacheKind.name} ${workspaceId} ${key}`,
  kind,
  workspaceId,
  key,
});

/** All of them; every process numbers them the same. */
export const PLACES: readonly Place[] = [
  ...ALL.flatMap((workspaceId) =>
    KINDS.flatMap((kind) =>
      keysOf(kind, workspaceId).map((key) => place(kind, workspaceId, key)),
    ),
  ),
  place(DIRECTORY, HOST, ""),
].map((each, at) => ({ ...each, at }));

/** The row as values have it. */
export const rowText = (table: string, key: string, version: string) =>
  `${table} ${key}=${version}`;

/** A number that tells values apart: 48 bits of SHA-256. */
export function fingerprintOf(rows: readonly string[]): number {
  return createHash("sha256").update(rows.join("\n")).digest().readUIntBE(0, 6);
}

/** A place that a change of the row may change. Without a key: of any row of the table in the workspace. */
export function isTouched(
  { kind, workspaceId, key }: Place,
  changed: {
    readonly table: string;
    readonly workspaceId?: string;
    readonly key?: string;
  },
): boolean {
  const isMeant =
    kind.tables.includes(changed.table) ||
    (kind.hasParents && changed.table === "Workspace");
  return (
    isMeant &&
    (changed.workspaceId === undefined ||
      workspaceId === HOST ||
      workspaceId === changed.workspaceId ||
      (kind.hasParents && key === changed.workspaceId)) &&
    (changed.key === undefined || !kind.isOfOneRow || changed.key === key)
  );
}

function select(name: string, isOfOneRow: boolean, whose: string): string {
  if (name === "Workspace") {
    return `SELECT 'Workspace' AS "table", "id"::text AS "key", "name" AS "version" FROM public."Workspace" WHERE "id" ${whose}`;
  }
  const { key, version } = tableNamed(name);
  return `
    SELECT '${name}' AS "table", "${key}"::text AS "key", "${version}"::text AS "version" FROM public."${name}"
     WHERE "workspaceId" ${whose}${isOfOneRow ? ` AND "${key}"::text = $2` : ""}`;
}

const OWN_OR_PARENTS = `IN ($1::uuid, nullif($2, '')::uuid)`;

/** What the place's statement is given. */
export const argumentsOf = ({ kind, workspaceId, key }: Place): string[] =>
  kind.isOfOneRow || kind.hasParents ? [workspaceId, key] : [workspaceId];

/** The one statement that reads a place of the kind, as the system role: $1 the workspace, $2 the place's key. */
export function statementOf({ workspaceId, kind }: Place): string {
  const { tables, isOfOneRow, hasParents } = kind;
  const whose = hasParents ? OWN_OR_PARENTS : "= $1::uuid";
  const all =
    workspaceId === HOST
      ? [select("Workspace", false, "IS NOT NULL OR $1::uuid IS NULL")]
      : [...new Set([...tables, ...(hasParents ? ["Workspace"] : [])])].map(
          (name) => select(name, isOfOneRow, whose),
        );
  return all.join(" UNION ALL ");
}

/** The value as the statement's rows tell it. */
export function valueOf(
  { name }: Place,
  rows: readonly {
    readonly table: string;
    readonly key: string;
    readonly version: string;
  }[],
): Value {
  return {
    place: name,
    rows: rows
      .map(({ table, key, version }) => rowText(table, key, version))
      .sort(),
  };
}
