/**
 * Schemas that check in full but look simple from outside: any object to the serializer of Fastify and to readers of
 * JSON Schema, the whole schema to TypeBox and to our error messages. For what the serializer (fast-json-stringify)
 * cannot do: recursive schemas inside a union, and definitions stored by another version of the product, on which it
 * would fail the whole list.
 */
import {
  Kind,
  type Static,
  type TSchema,
  Type,
  TypeRegistry,
} from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";

const wrapped = new Map<string, TSchema>();

/** The schema of an object, checked as `schema` and described as any object. `kind` is its own
 *  name in TypeBox's registry; the same name again replaces it, as when a development server reloads the module. */
export function opaqueSchema<T extends TSchema>(
  kind: string,
  schema: T,
  options: { description: string },
) {
  wrapped.set(kind, schema);
  TypeRegistry.Set(kind, (_schema, value) => Check(schema, value));
  return Type.Unsafe<Static<T>>({
    ...options,
    [Kind]: kind,
    type: "object",
    additionalProperties: true,
  });
}

/** The schema that `schema` stands for, if it was made by `opaqueSchema`. */
export function findWrappedSchema(schema: TSchema): TSchema | undefined {
  return wrapped.get(schema[Kind]);
}
