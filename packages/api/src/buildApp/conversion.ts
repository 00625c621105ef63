// Query strings, path parameters and headers know only text; schemas want numbers, booleans and lists. Owns the reading of
// one as the other. What cannot be read stays as it is, and the schema's check then says what is wrong with it.

import { KindGuard, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { isRecord } from "isomorphic-lib/src/typeAssertions";

const NUMBER = /^-?\d+(?:\.\d+)?$/;

function toNumber(value: unknown): unknown {
  return typeof value === "string" && NUMBER.test(value)
    ? Number(value)
    : value;
}

function toBoolean(value: unknown): unknown {
  switch (value) {
    case "true":
      return true;
    case "false":
      return false;
    default:
      return value;
  }
}

function toMembers(
  properties: Readonly<Record<string, TSchema>>,
  value: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const schema = Object.hasOwn(properties, name)
        ? properties[name]
        : undefined;
      return [
        name,
        schema === undefined ? member : convertText(schema, member),
      ];
    }),
  );
}

/**
 * The value with its texts read as the schema wants them: `"5"` as a number, `"true"` as a boolean, one element as a list.
 * Of a union the first branch that then fits wins; text that fits as it is stays text.
 */
export function convertText(schema: TSchema, value: unknown): unknown {
  if (KindGuard.IsNumber(schema) || KindGuard.IsInteger(schema)) {
    return toNumber(value);
  }
  if (KindGuard.IsBoolean(schema)) {
    return toBoolean(value);
  }
  if (KindGuard.IsLiteral(schema)) {
    return (
      [value, toNumber(value), toBoolean(value)].find(
        (read) => read === schema.const,
      ) ?? value
    );
  }
  if (KindGuard.IsArray(schema)) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => convertText(schema.items, item));
  }
  if (KindGuard.IsObject(schema)) {
    return isRecord(value) ? toMembers(schema.properties, value) : value;
  }
  if (KindGuard.IsIntersect(schema)) {
    return schema.allOf.reduce<unknown>(
      (read, part) => convertText(part, read),
      value,
    );
  }
  if (KindGuard.IsUnion(schema)) {
    const branches = schema.anyOf;
    if (branches.some((branch) => Value.Check(branch, value))) {
      return value;
    }
    const read = branches
      .map((branch) => ({ branch, converted: convertText(branch, value) }))
      .find(({ branch, converted }) => Value.Check(branch, converted));
    return read === undefined ? value : read.converted;
  }
  return value;
}
