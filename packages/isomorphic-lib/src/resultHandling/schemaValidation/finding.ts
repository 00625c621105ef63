/**
 * What the explaining of a schema hands around: places, findings, and the words for types and values.
 */
import {
  type Kind,
  KindGuard,
  type StringOptions,
  type TSchema,
} from "@sinclair/typebox";

import { formatLabel } from "../../formats";
import { findWrappedSchema } from "../../opaqueSchema";

export type Path = readonly (string | number)[];

/** One thing that is wrong. `missing` holds the name of the absent field, when that is what is wrong. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly missing?: string;
}

export type JsonType =
  "null" | "boolean" | "number" | "string" | "array" | "object" | "undefined";

/** What the value is in JSON's terms; what JSON does not have counts as undefined. */
export function jsonTypeOf(value: unknown): JsonType {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "array";
  }
  const type = typeof value;
  switch (type) {
    case "boolean":
    case "number":
    case "string":
    case "object":
      return type;
    default:
      return "undefined";
  }
}

/** The one JSON type that the schema can match, or undefined when it is no plain one. */
export function jsonTypeOfSchema(schema: TSchema): JsonType | undefined {
  if (KindGuard.IsLiteral(schema)) {
    return jsonTypeOf(schema.const);
  }
  if (KindGuard.IsIntersect(schema)) {
    return "object";
  }
  const { type }: { [Kind]: string; type?: unknown } =
    findWrappedSchema(schema) ?? schema;
  switch (type) {
    case "integer":
      return "number";
    case "null":
    case "boolean":
    case "number":
    case "string":
    case "array":
    case "object":
      return type;
    default:
      return undefined;
  }
}

/** A literal as a message shows it. */
export function showLiteral(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was sent, as a message shows it: short scalars by value where the type is right, else the type. */
export function showValue(value: unknown): string {
  if (typeof value === "string") {
    const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    return JSON.stringify(cut);
  }
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : jsonTypeOf(value);
}

/** What the schema wants, in a word or two. */
export function expectation(schema: TSchema): string {
  if (KindGuard.IsLiteral(schema)) {
    return showLiteral(schema.const);
  }
  if (KindGuard.IsInteger(schema)) {
    return "a whole number";
  }
  const { format }: StringOptions = schema;
  if (format !== undefined) {
    return formatLabel(format);
  }
  return jsonTypeOfSchema(schema) ?? "another type";
}
