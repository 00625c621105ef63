// Reads DEFAULT_WORKSPACE_QUOTAS: the fields of WorkspaceQuota as JSON, those that differ from the registry's defaults.

import { Type } from "@sinclair/typebox";
import { QUOTA_RESOURCES } from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  QUOTA_FIELD_NAMES,
  QUOTA_FIELDS,
  RequestedQuotaLimits,
  type SetQuotaLimits,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

const VARIABLE = "DEFAULT_WORKSPACE_QUOTAS";
/** A misspelt field would leave the default as it is, and nobody would notice. */
const DefaultQuotas = Type.Object(RequestedQuotaLimits.properties, {
  additionalProperties: false,
});

/** The default limit of every field: the registry's where the variable says nothing. Err: each bad field, in a sentence. */
export function parseDefaultQuotas({
  defaultWorkspaceQuotas: text = "{}",
}: {
  readonly defaultWorkspaceQuotas?: string;
}): Result<SetQuotaLimits, string[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return err([
      `${VARIABLE} is not JSON: write it like {"maxSegments": 20, "maxUsers": null}`,
    ]);
  }
  const given = schemaValidate(parsed, DefaultQuotas);
  if (given.isErr()) {
    const known = new Set<string>(QUOTA_FIELD_NAMES);
    return err(
      given.error.map(({ field, message }) =>
        field === "" || known.has(field)
          ? `${VARIABLE}${field === "" ? "" : `: ${field}`}: ${message}`
          : `${VARIABLE}: ${field}: there is no such field, only ${QUOTA_FIELD_NAMES.join(", ")}`,
      ),
    );
  }
  const limits: SetQuotaLimits = {};
  for (const field of QUOTA_FIELD_NAMES) {
    const said = given.value[field];
    limits[field] =
      said === undefined ? QUOTA_RESOURCES[QUOTA_FIELDS[field]].default : said;
  }
  return ok(limits);
}
