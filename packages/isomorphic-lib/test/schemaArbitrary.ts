/**
 * For property tests: values that fit a schema, and the same with one place spoilt.
 */
import { KindGuard, type TObject, type TSchema } from "@sinclair/typebox";
import fc from "fast-check";

import { findWrappedSchema } from "../src/opaqueSchema";
import { isRecord } from "../src/typeAssertions";

type Scope = ReadonlyMap<string, TSchema>;

const MAX_RECURSION = 3;

function arbitraryText(schema: TSchema): fc.Arbitrary<string> {
  if (!KindGuard.IsString(schema)) {
    throw new Error("not a string schema");
  }
  switch (schema.format) {
    case "uuid":
      return fc.uuid();
    case "date-time":
      return fc
        .date({
          min: new Date("0001-01-01T00:00:00Z"),
          max: new Date("9999-12-31T00:00:00Z"),
          noInvalidDate: true,
        })
        .map((date) => date.toISOString());
    case "email":
      return fc.constantFrom("a@example.com", "b.c+d@mail.example.org");
    case undefined:
      return fc.string({
        minLength: schema.minLength ?? 0,
        maxLength: Math.min(schema.maxLength ?? 12, 12),
      });
    default:
      throw new Error(`no arbitrary for the format ${schema.format}`);
  }
}

function arbitraryObject(
  schema: TObject,
  scope: Scope,
  depth: number,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties);
  return fc.record(
    Object.fromEntries(
      fields.map(([name, field]) => [name, arbitrary(field, scope, depth)]),
    ),
    {
      requiredKeys: fields
        .filter(([, field]) => !KindGuard.IsOptional(field))
        .map(([name]) => name),
    },
  );
}

function arbitrary(
  schema: TSchema,
  outer: Scope,
  depth: number,
): fc.Arbitrary<unknown> {
  const scope =
    schema.$id === undefined
      ? outer
      : new Map([...outer, [schema.$id, schema]]);
  const inner =
    findWrappedSchema(schema) ??
    (KindGuard.IsThis(schema) ? scope.get(schema.$ref) : undefined);
  if (inner !== undefined) {
    // A recursive schema's fields are all optional, so there an empty object ends the recursion.
    return depth >= MAX_RECURSION
      ? fc.constant({})
      : arbitrary(inner, scope, depth + 1);
  }
  if (KindGuard.IsUnion(schema)) {
    return fc.oneof(
      ...schema.anyOf.map((branch) => arbitrary(branch, scope, depth)),
    );
  }
  if (KindGuard.IsIntersect(schema)) {
    return fc
      .tuple(...schema.allOf.map((part) => arbitrary(part, scope, depth)))
      .map((parts) =>
        Object.fromEntries(
          parts.flatMap((part) => (isRecord(part) ? Object.entries(part) : [])),
        ),
      );
  }
  if (KindGuard.IsObject(schema)) {
    return arbitraryObject(schema, scope, depth);
  }
  if (KindGuard.IsRecord(schema)) {
    const [pattern = "", item] =
      Object.entries(schema.patternProperties)[0] ?? [];
    const key = pattern.includes("0-9a-f") ? fc.uuid() : fc.string();
    return item === undefined
      ? fc.constant({})
      : fc.dictionary(key, arbitrary(item, scope, depth), { maxKeys: 3 });
  }
  if (KindGuard.IsArray(schema)) {
    return fc.array(arbitrary(schema.items, scope, depth), { maxLength: 3 });
  }
  if (KindGuard.IsInteger(schema)) {
    return fc.integer({
      min: schema.minimum ?? -1000,
      max: Math.min(schema.maximum ?? 1000, 1000),
    });
  }
  if (KindGuard.IsNumber(schema)) {
    return fc.double({
      min: schema.minimum ?? -1e300,
      max: schema.maximum ?? 1e300,
      noNaN: true,
    });
  }
  if (KindGuard.IsLiteral(schema)) {
    return fc.constant(schema.const);
  }
  if (KindGuard.IsBoolean(schema)) {
    return fc.boolean();
  }
  if (KindGuard.IsNull(schema)) {
    return fc.constant(null);
  }
  return KindGuard.IsUnknown(schema)
    ? fc.jsonValue({ maxDepth: 2 })
    : arbitraryText(schema);
}

/** Values as JSON would give them, all of which fit the schema. */
export function fitting(schema: TSchema): fc.Arbitrary<unknown> {
  return arbitrary(schema, new Map(), 0).map((value): unknown =>
    JSON.parse(JSON.stringify(value)),
  );
}

function countPlaces(value: unknown): number {
  const parts =
    Array.isArray(value) || isRecord(value) ? Object.values(value) : [];
  return parts.reduce<number>((sum, part) => sum + countPlaces(part), 1);
}

/** The value with its n-th place, counted in reading order, replaced; `undefined` removes a field. */
function replaceAt(value: unknown, place: number, by: unknown): unknown {
  if (place === 0) {
    return by;
  }
  let left = place - 1;
  const step = (part: unknown): unknown => {
    const count = countPlaces(part);
    const here = left >= 0 && left < count ? replaceAt(part, left, by) : part;
    left -= count;
    return here;
  };
  if (Array.isArray(value)) {
    return value.map(step);
  }
  return isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, part]) => [key, step(part)]),
      )
    : value;
}

/** Values that fit but for one place, and some that fit all the same. */
export function almostFitting(schema: TSchema): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      fitting(schema),
      fc.nat(),
      fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined)),
    )
    .map(([value, place, by]): unknown => {
      const spoilt = replaceAt(value, place % countPlaces(value), by);
      return spoilt === undefined ? null : JSON.parse(JSON.stringify(spoilt));
    });
}
