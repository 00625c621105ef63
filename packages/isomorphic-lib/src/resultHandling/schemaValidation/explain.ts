/**
 * Walks a schema and a value side by side and names every fault by its place. TypeBox's own errors list all branches
 * of a union; this descends into the one that was meant.
 */
import {
  KindGuard,
  type ObjectOptions,
  type TArray,
  type TObject,
  type TRecord,
  type TSchema,
  type TUnion,
} from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";

import { findWrappedSchema } from "../../opaqueSchema";
import { isRecord } from "../../typeAssertions";
import { type Finding, jsonTypeOf, type Path } from "./finding";
import { leafFault, sizeFault } from "./leaf";
import { chooseBranches } from "./union";

/** The schemas with an `$id` around the place: what a recursive reference means. */
type Scope = ReadonlyMap<string, TSchema>;

/** More findings of one branch than this cannot change which branch fits best. */
const MAX_BRANCH_FINDINGS = 50;

/** The first `limit` of them; the rest is never computed. */
export function take<T>(items: Iterable<T>, limit: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === limit) {
      break;
    }
    taken.push(item);
  }
  return taken;
}

function* explainObject(
  schema: TObject,
  value: unknown,
  path: Path,
  scope: Scope,
): Generator<Finding> {
  if (!isRecord(value)) {
    yield { path, message: `expected object, got ${jsonTypeOf(value)}` };
    return;
  }
  for (const [name, field] of Object.entries(schema.properties)) {
    const item = value[name];
    if (item !== undefined) {
      yield* explain(field, item, [...path, name], scope);
    } else if (!KindGuard.IsOptional(field)) {
      yield { path: [...path, name], message: "required", missing: name };
    }
  }
  const { additionalProperties } = schema;
  for (const [name, item] of Object.entries(value)) {
    if (!Object.hasOwn(schema.properties, name)) {
      yield* explainExtra(additionalProperties, name, item, path, scope);
    }
  }
}

/** A field that the schema does not name. */
function* explainExtra(
  allowed: TSchema | boolean | undefined,
  name: string,
  item: unknown,
  path: Path,
  scope: Scope,
): Generator<Finding> {
  if (allowed === false) {
    yield { path: [...path, name], message: "is not a field that exists here" };
  } else if (typeof allowed === "object") {
    yield* explain(allowed, item, [...path, name], scope);
  }
}

function* explainRecord(
  schema: TRecord,
  value: unknown,
  path: Path,
  scope: Scope,
): Generator<Finding> {
  if (!isRecord(value)) {
    yield { path, message: `expected object, got ${jsonTypeOf(value)}` };
    return;
  }
  const entries = Object.entries(value);
  const { minProperties, maxProperties }: ObjectOptions = schema;
  const fault = sizeFault(entries.length, minProperties, maxProperties, [
    "field",
    "fields",
  ]);
  if (fault !== null) {
    yield { path, message: fault };
  }
  const patterns = Object.entries(schema.patternProperties).map(
    ([pattern, item]) => ({ pattern: new RegExp(pattern), item }),
  );
  for (const [name, item] of entries) {
    const matching = patterns.find(({ pattern }) => pattern.test(name));
    if (matching !== undefined) {
      yield* explain(matching.item, item, [...path, name], scope);
    } else if (schema.additionalProperties === false) {
      const wanted = Object.keys(schema.patternProperties).join(" or ");
      yield {
        path: [...path, name],
        message: `expected a key that matches ${wanted}`,
      };
    }
  }
}

function* explainArray(
  schema: TArray,
  value: unknown,
  path: Path,
  scope: Scope,
): Generator<Finding> {
  if (!Array.isArray(value)) {
    yield { path, message: `expected array, got ${jsonTypeOf(value)}` };
    return;
  }
  const items: readonly unknown[] = value;
  const fault = sizeFault(items.length, schema.minItems, schema.maxItems, [
    "item",
    "items",
  ]);
  if (fault !== null) {
    // Naming items of a list that is refused for its length would take as long as it is long.
    yield { path, message: fault };
    return;
  }
  for (const [index, item] of items.entries()) {
    yield* explain(schema.items, item, [...path, index], scope);
  }
  if (schema.uniqueItems === true) {
    yield* explainRepeats(items, path);
  }
}

/** Of texts and numbers; what else is there twice is told of the whole value. */
function* explainRepeats(
  items: readonly unknown[],
  path: Path,
): Generator<Finding> {
  for (const [index, item] of items.entries()) {
    const isPlain = typeof item === "string" || typeof item === "number";
    if (isPlain && items.indexOf(item) < index) {
      yield { path: [...path, index], message: "is there twice" };
    }
  }
}

/** The names of the fields of which one is needed, when that is all that is wrong with each branch. */
function alternatives(
  branches: readonly (readonly Finding[])[],
  path: Path,
): string[] | null {
  const names = branches.flatMap(([first, ...rest]) =>
    first?.missing !== undefined &&
    rest.length === 0 &&
    first.path.length === path.length + 1
      ? [first.missing]
      : [],
  );
  return names.length === branches.length && names.length > 1 ? names : null;
}

/** The findings of the branch that needs the least to be right; rather a field wrong than one missing. */
function leastWrong(
  branches: readonly (readonly Finding[])[],
): readonly Finding[] {
  const cost = (findings: readonly Finding[]) =>
    findings.length +
    findings.filter(({ missing }) => missing !== undefined).length;
  return branches.reduce((best, other) =>
    cost(other) < cost(best) ? other : best,
  );
}

function* explainUnion(
  schema: TUnion,
  value: unknown,
  path: Path,
  scope: Scope,
): Generator<Finding> {
  const { branches, findings } = chooseBranches(schema.anyOf, value, path);
  const [only, ...others] = branches;
  if (only === undefined) {
    yield* findings;
    return;
  }
  if (others.length === 0) {
    yield* explain(only, value, path, scope);
    return;
  }
  const all = branches.map((branch) =>
    take(explain(branch, value, path, scope), MAX_BRANCH_FINDINGS),
  );
  const names = alternatives(all, path);
  if (names === null) {
    yield* leastWrong(all);
  } else {
    yield { path, message: `required: ${names.join(" or ")}` };
  }
}

/** Every fault of the value, in the schema's order; none if it fits. Lazy, so that taking a few costs little. Recurses
 *  as deep as the value nests, so that must be bounded before (`findUnsafeJson`). */
export function* explain(
  schema: TSchema,
  value: unknown,
  path: Path = [],
  outer: Scope = new Map(),
): Generator<Finding> {
  const scope =
    schema.$id === undefined
      ? outer
      : new Map([...outer, [schema.$id, schema]]);
  const inner =
    findWrappedSchema(schema) ??
    (KindGuard.IsThis(schema) ? scope.get(schema.$ref) : undefined);
  if (inner !== undefined) {
    yield* explain(inner, value, path, scope);
  } else if (KindGuard.IsUnion(schema)) {
    yield* explainUnion(schema, value, path, scope);
  } else if (KindGuard.IsIntersect(schema)) {
    for (const part of schema.allOf) {
      yield* explain(part, value, path, scope);
    }
  } else if (KindGuard.IsObject(schema)) {
    yield* explainObject(schema, value, path, scope);
  } else if (KindGuard.IsRecord(schema)) {
    yield* explainRecord(schema, value, path, scope);
  } else if (KindGuard.IsArray(schema)) {
    yield* explainArray(schema, value, path, scope);
  } else if (!Check(schema, value)) {
    yield { path, message: leafFault(schema, value) };
  }
}
