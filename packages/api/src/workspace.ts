// The workspace a request names: in its body, its query or a header. Owns where to look, and that all places agree; whether
// the caller may enter it is decided by requestContext.ts.

import {
  WORKSPACE_ID_HEADER,
  WORKSPACE_ID_HEADER_ALIAS,
  WORKSPACE_ID_QUERY_ALIAS,
} from "isomorphic-lib/src/constants";
import { isUuid } from "isomorphic-lib/src/formats";
import { type FieldError } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

export interface WorkspaceIdSources {
  readonly body: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function member(container: unknown, name: string): unknown {
  return typeof container === "object" &&
    container !== null &&
    Object.hasOwn(container, name)
    ? new Map(Object.entries(container)).get(name)
    : undefined;
}

/**
 * The id, in lower case, or null when the request names no workspace. Err with a field for each place that is not a UUID,
 * or for each place that says something when they disagree.
 */
export function findWorkspaceId({
  body,
  query,
  headers,
}: WorkspaceIdSources): Result<string | null, FieldError[]> {
  const places: readonly (readonly [field: string, value: unknown])[] = [
    ["body/workspaceId", member(body, "workspaceId")],
    ["querystring/workspaceId", member(query, "workspaceId")],
    [
      `querystring/${WORKSPACE_ID_QUERY_ALIAS}`,
      member(query, WORKSPACE_ID_QUERY_ALIAS),
    ],
    [`headers/${WORKSPACE_ID_HEADER}`, headers[WORKSPACE_ID_HEADER]],
    [
      `headers/${WORKSPACE_ID_HEADER_ALIAS}`,
      headers[WORKSPACE_ID_HEADER_ALIAS],
    ],
  ];
  const problems: FieldError[] = [];
  const named: { field: string; id: string }[] = [];
  for (const [field, value] of places) {
    if (value === undefined) {
      continue;
    }
    if (typeof value === "string" && isUuid(value)) {
      named.push({ field, id: value.toLowerCase() });
    } else {
      problems.push({ field, message: "expected a UUID" });
    }
  }
  if (problems.length > 0) {
    return err(problems);
  }
  const [first, ...others] = named;
  if (first !== undefined && others.some(({ id }) => id !== first.id)) {
    return err(
      named.map(({ field }) => ({
        field,
        message: "names another workspace than the rest of the request",
      })),
    );
  }
  return ok(first?.id ?? null);
}
