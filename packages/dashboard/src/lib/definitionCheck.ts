/**
 * Reads definitions from the text of the JSON editor and checks them by the same rules as the API, with every fault and
 * its place.
 */
import { type Static, type TSchema } from "@sinclair/typebox";
import { validateJourneyDefinition } from "isomorphic-lib/src/journeyDefinition";
import { findUnsafeJson, parseJson } from "isomorphic-lib/src/jsonSafety";
import { validateMessageTemplateDefinition } from "isomorphic-lib/src/messageTemplateDefinition";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { validateSegmentDefinition } from "isomorphic-lib/src/segmentDefinition";
import {
  type FieldError,
  JourneyDefinition,
  JsonObject,
  MessageTemplateDefinition,
  SegmentDefinition,
} from "isomorphic-lib/src/types";

export type Checked<D> =
  | { readonly isValid: true; readonly definition: D }
  | { readonly isValid: false; readonly errors: readonly FieldError[] };

/** Reads a text and checks what it says. Places are below the definition, such as `nodes/0/id`; the whole is "". */
export type DefinitionCheck<D> = (text: string) => Checked<D>;

/** Cuts the place of the definition itself off, as errors of the API have it. */
export function belowDefinition(errors: readonly FieldError[]): FieldError[] {
  return errors.map(({ field, message }) => ({
    field: field.replace(/^definition(\/|$)/, ""),
    message,
  }));
}

function refuse<D>(errors: readonly FieldError[]): Checked<D> {
  return { isValid: false, errors };
}

function checkBy<S extends TSchema>(
  schema: S,
  findFaults: (definition: Static<S>) => readonly FieldError[],
): DefinitionCheck<Static<S>> {
  return (text) => {
    const parsed = parseJson(text);
    if (parsed.isErr()) {
      return refuse([{ field: "", message: `Not JSON: ${parsed.error}` }]);
    }
    const unsafe = findUnsafeJson(parsed.value);
    if (unsafe !== null) {
      return refuse([unsafe]);
    }
    const typed = schemaValidate(parsed.value, schema);
    if (typed.isErr()) {
      return refuse(typed.error);
    }
    const faults = findFaults(typed.value);
    return faults.length > 0
      ? refuse(belowDefinition(faults))
      : { isValid: true, definition: typed.value };
  };
}

export const checkSegment = checkBy(SegmentDefinition, (definition) =>
  validateSegmentDefinition(definition).match(
    () => [],
    ({ errors }) => errors,
  ),
);

export const checkJourney = checkBy(JourneyDefinition, (definition) =>
  validateJourneyDefinition(definition).match(
    () => [],
    ({ errors }) => errors,
  ),
);

export const checkTemplate = checkBy(MessageTemplateDefinition, (definition) =>
  validateMessageTemplateDefinition(definition).match(
    () => [],
    ({ errors }) => errors,
  ),
);

/** A user's traits: any JSON object. */
export const checkTraits = checkBy(JsonObject, () => []);
