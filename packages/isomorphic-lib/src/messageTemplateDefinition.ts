/**
 * What the schema of a template's definition cannot say: that the body of a webhook is JSON, and of which shape.
 */
import { err, ok, type Result } from "neverthrow";

import { toInvalidDefinition } from "./definitionGraph";
import { fieldErrorText } from "./fieldPath";
import { findUnsafeJson, parseJson } from "./jsonSafety";
import { schemaValidate } from "./resultHandling/schemaValidation";
import type { FieldError, InvalidDefinition } from "./types/apiError";
import {
  type MessageTemplateDefinition,
  WebhookTemplateBody,
} from "./types/messageTemplate";

const LIQUID = /\{\{|\{%/;

function webhookBodyFaults(body: string): FieldError[] {
  const parsed = parseJson(body);
  if (parsed.isErr()) {
    // Liquid outside a JSON string (`"data": {{ user.cart | json }}`) becomes JSON only when it is rendered.
    return LIQUID.test(body)
      ? []
      : [{ field: "", message: "is not the text of a JSON object" }];
  }
  const unsafe = findUnsafeJson(parsed.value);
  if (unsafe !== null) {
    return [unsafe];
  }
  const checked = schemaValidate(parsed.value, WebhookTemplateBody);
  return checked.isErr() ? checked.error : [];
}

/** The definition itself; of a webhook only when its body is the JSON text of a `WebhookTemplateBody`, or cannot be
 *  told to be none before its Liquid is rendered. Err `InvalidDefinition` names `<field>/body`. */
export function validateMessageTemplateDefinition(
  definition: MessageTemplateDefinition,
  field = "definition",
): Result<MessageTemplateDefinition, InvalidDefinition> {
  const faults =
    definition.type === "Webhook" ? webhookBodyFaults(definition.body) : [];
  const invalid = toInvalidDefinition(
    faults.map((fault) => ({
      field: `${field}/body`,
      message:
        fault.field === ""
          ? fault.message
          : `in its JSON, ${fieldErrorText(fault)}`,
    })),
  );
  return invalid === null ? ok(definition) : err(invalid);
}
