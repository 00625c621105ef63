/**
 * Checks values against schemas and says in a person's words what is wrong: which field, what was expected, what came.
 * The folder beside it holds how the words are found. Importing it registers the string formats.
 */
import "../formats";

import { type Static, type TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { Check } from "@sinclair/typebox/value";
import { err, ok, type Result } from "neverthrow";

import { MAX_FIELD_ERRORS } from "../constants";
import { fieldPath } from "../fieldPath";
import type { FieldError } from "../types/apiError";
import { explain, take } from "./schemaValidation/explain";

/** A schema made fast: `check` is compiled code. */
export interface CompiledSchema<T extends TSchema> {
  readonly schema: T;
  readonly check: (value: unknown) => value is Static<T>;
  readonly explain: (value: unknown) => FieldError[];
}

/** What is wrong with the value, at most MAX_FIELD_ERRORS faults, each place and fault once; empty if it fits.
 *  `field` is a path such as `definition/nodes/0/operator/value`. In a union it descends into the branch that the
 *  value's literals (`type`) name. Nesting must be bounded before, by `findUnsafeJson`. */
export function explainErrors(schema: TSchema, value: unknown): FieldError[] {
  // Parts of an intersection say the same twice, so more are taken than are told.
  const errors = take(explain(schema, value), 4 * MAX_FIELD_ERRORS).map(
    ({ path, message }) => ({ field: fieldPath(path), message }),
  );
  const unique = new Map(
    errors.map((error) => [`${error.field}\n${error.message}`, error]),
  );
  if (unique.size === 0 && !Check(schema, value)) {
    // A keyword that explain does not know: refused all the same, so it must be said.
    return [{ field: "", message: "does not fit its schema" }];
  }
  return take(unique.values(), MAX_FIELD_ERRORS);
}

/** Compiles the schema, which takes about a millisecond: do it once. It makes code of text, so it is for servers only;
 *  a browser's content security policy may forbid that, and `schemaValidate` needs none. */
export function compileSchema<T extends TSchema>(schema: T): CompiledSchema<T> {
  const compiled = TypeCompiler.Compile(schema);
  return {
    schema,
    check: (value): value is Static<T> => compiled.Check(value),
    explain: (value) => explainErrors(schema, value),
  };
}

/** The value itself, known to fit the schema. Err: what is wrong, as `explainErrors` says it. Nothing is converted,
 *  defaulted or dropped. */
export function schemaValidate<T extends TSchema>(
  value: unknown,
  schema: T,
): Result<Static<T>, FieldError[]> {
  return Check(schema, value) ? ok(value) : err(explainErrors(schema, value));
}
