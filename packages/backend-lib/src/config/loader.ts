// Reads a TypeBox object schema from environment variables. Owns the naming (camelCase ↔ CONSTANT_CASE), the
// conversion of strings and the error text; what the variables mean is said by the schema in ../config.ts.

import { type Static, type TObject, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `databasePoolMax` → `DATABASE_POOL_MAX`, unless the property's schema names its variable itself (`env`). */
export function variableName(key: string, schema: TSchema): string {
  const named: unknown = schema.env;
  return typeof named === "string"
    ? named
    : key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Thrown at start-up only: each line names a variable and what it has to be. Values are not shown; some are secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration is not usable:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
  }
}

/** An empty variable counts as unset. Throws ConfigError with every bad variable named. */
export function readConfig<T extends TObject>(
  schema: T,
  env: Environment,
): Static<T> {
  const raw: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(schema.properties)) {
    const value = env[variableName(key, property)];
    if (value !== undefined && value !== "") {
      raw[key] = value;
    }
  }
  const candidate = Value.Convert(schema, Value.Default(schema, raw));
  if (Value.Check(schema, candidate)) {
    return candidate;
  }
  const problems = new Map<string, string>();
  for (const error of Value.Errors(schema, candidate)) {
    const key = error.path.split("/")[1] ?? "";
    const property = schema.properties[key];
    const name = property === undefined ? key : variableName(key, property);
    const expected =
      property?.description === undefined
        ? error.message
        : property.description;
    if (!problems.has(name)) {
      problems.set(
        name,
        `${name}${raw[key] === undefined ? " is required" : " has an unusable value"}: ${expected}`,
      );
    }
  }
  throw new ConfigError([...problems.values()]);
}
