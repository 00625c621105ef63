/**
 * Values as text for the JSON editor and for reading. Apart from `definitionCheck.ts`, whose rules for definitions a
 * page that only shows them need not load.
 */
import { parseJson } from "isomorphic-lib/src/jsonSafety";

/** The value as indented JSON. */
export function toDefinitionText(definition: unknown): string {
  return JSON.stringify(definition, null, 2);
}

/** The value of a JSON text, or the text itself when it is none. */
export function parseJsonText(text: string): unknown {
  return parseJson(text).unwrapOr(text);
}
