// Sees to it that a workspace stays as it was and unheard of: reads all of its rows, and finds what only they hold in an
// answer. Owns what counts as the workspace's own.

import { registeredTables, type TableEntry } from "backend-lib/src/db/policies";
import { type LightMyRequestResponse } from "fastify";
import { isRecord } from "isomorphic-lib/src/typeAssertions";

import { type Api } from "../useApi";

function ownRows(entry: TableEntry): string {
  switch (entry.kind) {
    case "workspace":
      return `t."workspaceId" = $1::uuid`;
    case "self":
      return `t."id" = $1::uuid`;
    case "through":
      return `EXISTS (SELECT FROM public."${entry.parent}" AS p WHERE p."${entry.parentColumn}" = t."${entry.column}" AND p."workspaceId" = $1::uuid)`;
    case "global": // few rows, and of no one workspace: those that name it, or somebody in it
      return `EXISTS (SELECT FROM public."WorkspaceMemberRole" AS r WHERE r."workspaceId" = $1::uuid AND position(r."workspaceMemberId"::text IN t::text) > 0)
              OR position($1::uuid::text IN t::text) > 0`;
  }
}

/** Every row of the workspace, by table, in the order of its text. */
export async function rowsOf(
  api: Api,
  workspaceId: string,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const tables = registeredTables();
  const { rows } = await api.env.owner.query<{ table: string; row: unknown }>(
    tables
      .map(
        ([table, entry]) =>
          `SELECT '${table}' AS "table", to_jsonb(t) AS row FROM public."${table}" AS t WHERE ${ownRows(entry)}`,
      )
      .join(" UNION ALL ")
      .concat(" ORDER BY 1, row"),
    [workspaceId],
  );
  return Object.fromEntries(
    tables.map(([name]) => [
      name,
      rows.filter(({ table }) => table === name).map(({ row }) => row),
    ]),
  );
}

/** Long enough not to occur by chance. */
const MIN_LENGTH = 12;

function texts(value: unknown): string[] {
  if (typeof value === "string") {
    return value.length >= MIN_LENGTH ? [value] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap(texts);
  }
  return isRecord(value) ? Object.values(value).flatMap(texts) : [];
}

const IS_MOMENT = /^\d{4}-\d\d-\d\d[T ]/;

/** What only the workspace's rows hold: every longer text, but moments and what `others` hold, too. */
export function valuesOf(rows: unknown, others: unknown): ReadonlySet<string> {
  const known = new Set(texts(others));
  return new Set(
    texts(rows).filter((text) => !IS_MOMENT.test(text) && !known.has(text)),
  );
}

/** What the answer tells of `values` that the request did not say itself. */
export function toldOf(
  values: ReadonlySet<string>,
  { body, headers }: Pick<LightMyRequestResponse, "body" | "headers">,
  request: unknown,
): string[] {
  const answer = `${body}\n${JSON.stringify(headers)}`;
  const asked = JSON.stringify(request);
  return [...values].filter(
    (value) => answer.includes(value) && !asked.includes(value),
  );
}

/** An answer without what differs from call to call: two answers of one shape tell nothing from another. */
export function shapeOf({
  statusCode,
  body,
  headers,
}: Pick<LightMyRequestResponse, "statusCode" | "body" | "headers">): string {
  const text = body
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "<id>")
    .replace(/[0-9a-f]{16,}/gi, "<random>")
    .replace(/whsec_[\w+/=]+/g, "<random>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<moment>")
    .replace(/\b\d{13}\b/g, "<moment>");
  return `${statusCode} ${Object.keys(headers).sort().join(" ")} ${text}`;
}
