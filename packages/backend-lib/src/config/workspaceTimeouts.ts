// Reads DATABASE_WORKSPACE_STATEMENT_TIMEOUTS: JSON in a variable, since there is one entry for each workspace named.

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const UUID = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const Timeouts = Type.Record(
  Type.String({ pattern: UUID }),
  Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
  { additionalProperties: false },
);

/** Milliseconds by workspace id in lower case; undefined when the text is not what it has to be. */
export function parseWorkspaceTimeouts({
  databaseWorkspaceStatementTimeouts: text = "{}",
}: {
  readonly databaseWorkspaceStatementTimeouts?: string;
}): ReadonlyMap<string, number> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Value.Check(Timeouts, parsed)
    ? new Map(Object.entries(parsed).map(([id, ms]) => [id.toLowerCase(), ms]))
    : undefined;
}
