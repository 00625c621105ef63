// A request to change limits as a list of edits. Owns that every field is one there is, fits its bounds, and is said once.

import {
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import { explainErrors } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type FieldError,
  type InvalidAmount,
  isQuotaField,
  QUOTA_LAYER_OBJECTS,
  type QuotaLayer,
  type RequestedQuotaLimits,
  UpdateWorkspaceQuotaRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { invalidAmount } from "./quotaError";
import { COUNTER_ORDER } from "./states";

/** The fields of a request, without its workspace. */
export type QuotaChanges = Omit<UpdateWorkspaceQuotaRequest, "workspaceId">;

export interface QuotaEdit {
  readonly layer: QuotaLayer;
  readonly resource: QuotaResource;
  /** null: unlimited; undefined: back to what is inherited. */
  readonly amount: number | null | undefined;
}

const LAYERS = ["limit", "ceiling", "children", "pool"] as const;

/** What a request calls the field: `maxUsers`, `ceilings/maxUsers`. */
export function pathOf({
  layer,
  resource,
}: Pick<QuotaEdit, "layer" | "resource">): string {
  const { field } = QUOTA_RESOURCES[resource];
  return layer === "limit" ? field : `${QUOTA_LAYER_OBJECTS[layer]}/${field}`;
}

type Place = Pick<QuotaEdit, "layer" | "resource">;

const PLACES: readonly Place[] = COUNTER_ORDER.flatMap((resource) =>
  LAYERS.map((layer) => ({ layer, resource })),
);

function limitsOf(
  changes: QuotaChanges,
  layer: QuotaLayer,
): RequestedQuotaLimits {
  return layer === "limit"
    ? changes
    : (changes[QUOTA_LAYER_OBJECTS[layer]] ?? {});
}

/** What a request has besides limits. */
const OTHER_FIELDS: ReadonlySet<string> = new Set([
  "workspaceId",
  "reset",
  ...Object.values(QUOTA_LAYER_OBJECTS),
]);

/**
 * A field that is none would be dropped in silence, and its limit would not hold. Beside limits others may stand that mean
 * nothing here, but not alone: whoever sends them means a limit.
 */
function misnamed(changes: QuotaChanges): FieldError[] {
  const isSilent = !Object.keys(changes).some(
    (name) =>
      isQuotaField(name) || (OTHER_FIELDS.has(name) && name !== "workspaceId"),
  );
  return LAYERS.flatMap((layer) =>
    Object.keys(limitsOf(changes, layer))
      .filter((name) =>
        layer === "limit"
          ? !isQuotaField(name) &&
            !OTHER_FIELDS.has(name) &&
            (isSilent || name.startsWith("max"))
          : !isQuotaField(name),
      )
      .map((name) => ({
        field:
          layer === "limit" ? name : `${QUOTA_LAYER_OBJECTS[layer]}/${name}`,
        message: "there is no such resource",
      })),
  );
}

/** The edits that the request asks for. Err InvalidAmount naming each field that is unusable. */
export function toEdits(
  changes: QuotaChanges,
): Result<QuotaEdit[], InvalidAmount> {
  const errors = [
    ...explainErrors(UpdateWorkspaceQuotaRequest, changes),
    ...misnamed(changes),
  ];
  if (errors.length > 0) {
    return err(invalidAmount(errors));
  }
  const reset: ReadonlySet<string> = new Set(changes.reset);
  const edits: QuotaEdit[] = [];
  for (const place of PLACES) {
    const path = pathOf(place);
    const { field } = QUOTA_RESOURCES[place.resource];
    const amount = limitsOf(changes, place.layer)[field];
    if (amount !== undefined && reset.has(path)) {
      errors.push({ field: path, message: "is set and reset at once" });
    } else if (amount !== undefined || reset.has(path)) {
      edits.push({ ...place, amount });
    }
  }
  return errors.length > 0 ? err(invalidAmount(errors)) : ok(edits);
}
