// A small value that fits a schema: what tests send to routes they know nothing else about. Owns only the kinds of schema that
// our requests use, and says so when it meets another.

import { KindGuard, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { findWrappedSchema } from "isomorphic-lib/src/opaqueSchema";
import { isRecord } from "isomorphic-lib/src/typeAssertions";

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: "0b6f4a0e-6a5a-4a53-8a0f-1f3c4c5d6e7f",
  email: "somebody@example.com",
  "date-time": "2026-01-01T00:00:00Z",
  uri: "https://example.com/",
  naturalNumber: "1",
  float: "1",
};

function sample(schema: TSchema): unknown {
  const wrapped = findWrappedSchema(schema);
  if (wrapped !== undefined) {
    return sample(wrapped);
  }
  if (KindGuard.IsUnion(schema)) {
    return schema.anyOf.map(sample).find((value, at) => {
      const branch = schema.anyOf[at];
      return branch !== undefined && Value.Check(branch, value);
    });
  }
  if (KindGuard.IsIntersect(schema)) {
    return Object.fromEntries(
      schema.allOf.flatMap((part) => {
        const value = sample(part);
        return isRecord(value) ? Object.entries(value) : [];
      }),
    );
  }
  if (KindGuard.IsObject(schema)) {
    return Object.fromEntries(
      Object.entries(schema.properties)
        .filter(([, member]) => !KindGuard.IsOptional(member))
        .map(([name, member]) => [name, sample(member)]),
    );
  }
  if (KindGuard.IsArray(schema)) {
    // Never none: a query string cannot hold an empty list.
    return Array.from({ length: schema.minItems ?? 1 }, () =>
      sample(schema.items),
    );
  }
  if (KindGuard.IsLiteral(schema)) {
    return schema.const;
  }
  if (KindGuard.IsString(schema)) {
    return schema.format === undefined
      ? "x".repeat(schema.minLength ?? 1)
      : BY_FORMAT[schema.format];
  }
  if (KindGuard.IsNumber(schema) || KindGuard.IsInteger(schema)) {
    return schema.minimum ?? 0;
  }
  if (KindGuard.IsBoolean(schema)) {
    return false;
  }
  if (KindGuard.IsNull(schema) || KindGuard.IsUnknown(schema)) {
    return null;
  }
  if (KindGuard.IsRecord(schema)) {
    return {};
  }
  throw new Error(`no sample for a schema of kind ${JSON.stringify(schema)}`);
}

/** A value that fits the schema of an object, with its required members only. Throws when it cannot make one. */
export function sampleObject(schema: unknown): Record<string, unknown> {
  if (schema === undefined) {
    return {};
  }
  if (!KindGuard.IsSchema(schema)) {
    throw new Error("no TypeBox schema");
  }
  const value = sample(schema);
  if (!isRecord(value) || !Value.Check(schema, value)) {
    throw new Error(
      `no sample of ${JSON.stringify(schema)}: ${JSON.stringify(value)}`,
    );
  }
  return value;
}
