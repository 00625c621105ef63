// Definitions as they come back from jsonb columns, which Dittofeed or another version of this product may have written.
// Owns that nothing is taken for a definition which is none; leaves it to the resources what follows.

import { type Static, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";

import { logger } from "./logger";

/**
 * A reader of one jsonb column: the value when it fits the schema, else undefined and a warning in the log that names the
 * table and the row's id, never the content.
 */
export function storedReader<T extends TSchema>(
  table: string,
  schema: T,
): (rowId: string, value: unknown) => Static<T> | undefined {
  let compiled: TypeCheck<T> | undefined;
  return (rowId, value) => {
    compiled ??= TypeCompiler.Compile(schema); // at first use: importing costs nothing
    if (compiled.Check(value)) {
      return value;
    }
    logger().warn({ table, rowId }, "a stored definition is not understood");
    return undefined;
  };
}
