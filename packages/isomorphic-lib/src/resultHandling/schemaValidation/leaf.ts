/**
 * The message for a value that has no parts: a text, a number, a literal; and for sizes out of bounds.
 */
import {
  type IntegerOptions,
  KindGuard,
  type NumberOptions,
  type StringOptions,
  type TSchema,
} from "@sinclair/typebox";

import { formatLabel } from "../../formats";
import { expectation, jsonTypeOf, showValue } from "./finding";

function countOf(count: number, [one, many]: readonly [string, string]) {
  return `${count} ${count === 1 ? one : many}`;
}

/** The message for a size that is out of bounds, or null; `noun` is what is counted, in singular and plural. */
export function sizeFault(
  size: number,
  min: number | undefined,
  max: number | undefined,
  noun: readonly [string, string],
): string | null {
  if (min !== undefined && size < min) {
    return `expected at least ${countOf(min, noun)}, got ${size}`;
  }
  return max !== undefined && size > max
    ? `expected at most ${countOf(max, noun)}, got ${size}`
    : null;
}

function numberFault(
  bounds: NumberOptions | IntegerOptions,
  value: number,
  wanted: string,
): string {
  const { minimum, maximum } = bounds;
  if (minimum !== undefined && value < minimum) {
    return `expected at least ${minimum}, got ${value}`;
  }
  if (maximum !== undefined && value > maximum) {
    return `expected at most ${maximum}, got ${value}`;
  }
  return `expected ${wanted}, got ${value}`;
}

function stringFault(options: StringOptions, value: string): string {
  const { minLength, maxLength, format, pattern } = options;
  const size = sizeFault(value.length, minLength, maxLength, [
    "character",
    "characters",
  ]);
  if (size !== null) {
    return size;
  }
  const wanted =
    format === undefined
      ? `text that matches ${String(pattern)}`
      : formatLabel(format);
  return `expected ${wanted}, got ${showValue(value)}`;
}

/** What is wrong with a value that the schema, one without parts, refuses. */
export function leafFault(schema: TSchema, value: unknown): string {
  if (typeof value === "number" && KindGuard.IsNumber(schema)) {
    return numberFault(schema, value, "a finite number");
  }
  if (typeof value === "number" && KindGuard.IsInteger(schema)) {
    return numberFault(schema, value, "a whole number");
  }
  if (typeof value === "string" && KindGuard.IsString(schema)) {
    return stringFault(schema, value);
  }
  const got = KindGuard.IsLiteral(schema)
    ? showValue(value)
    : jsonTypeOf(value);
  return `expected ${expectation(schema)}, got ${got}`;
}
