/**
 * Which branch of a union a bad value was meant to be. Told by its JSON type, then by the fields that hold a literal
 * in every branch (`type` first): naming the faults of all other branches would help nobody.
 */
import { KindGuard, type TSchema } from "@sinclair/typebox";

import { isRecord } from "../../typeAssertions";
import {
  expectation,
  type Finding,
  jsonTypeOf,
  jsonTypeOfSchema,
  type Path,
  showLiteral,
  showValue,
} from "./finding";

/** The branches that are left. With none, `findings` says why, or is empty as well: the value is one of the literals. */
export interface Choice {
  readonly branches: readonly TSchema[];
  readonly findings: readonly Finding[];
}

function flatten(branches: readonly TSchema[]): TSchema[] {
  return branches.flatMap((branch) =>
    KindGuard.IsUnion(branch) ? flatten(branch.anyOf) : [branch],
  );
}

/** The fields of an object schema, those of all parts of an intersection together. */
function fieldsOf(schema: TSchema): ReadonlyMap<string, TSchema> {
  if (KindGuard.IsObject(schema)) {
    return new Map(Object.entries(schema.properties));
  }
  return KindGuard.IsIntersect(schema)
    ? new Map(schema.allOf.flatMap((part) => [...fieldsOf(part)]))
    : new Map();
}

/** The names of fields that are a literal in every branch, `type` first. */
function discriminators(branches: readonly TSchema[]): string[] {
  const [first, ...others] = branches.map(fieldsOf);
  return [...(first ?? [])]
    .filter(([name]) =>
      [first, ...others].every((fields) =>
        KindGuard.IsLiteral(fields?.get(name)),
      ),
    )
    .map(([name]) => name)
    .sort((a, b) => Number(b === "type") - Number(a === "type"));
}

/** Keeps the branches whose literal `name` the value has, or may lack. */
function chooseBy(
  name: string,
  branches: readonly TSchema[],
  value: Record<string, unknown>,
  path: Path,
): Choice {
  const sent = Object.hasOwn(value, name) ? value[name] : undefined;
  const literals = branches.map((branch) => fieldsOf(branch).get(name));
  const left = branches.filter((_, index) => {
    const literal = literals[index];
    return sent === undefined
      ? literal !== undefined && KindGuard.IsOptional(literal)
      : KindGuard.IsLiteral(literal) && literal.const === sent;
  });
  if (left.length > 0) {
    return { branches: left, findings: [] };
  }
  const names = literals.flatMap((literal) =>
    KindGuard.IsLiteral(literal) ? [showLiteral(literal.const)] : [],
  );
  const expected = `expected one of ${[...new Set(names)].join(", ")}`;
  return {
    branches: [],
    findings: [
      sent === undefined
        ? {
            path: [...path, name],
            message: `required, ${expected}`,
            missing: name,
          }
        : {
            path: [...path, name],
            message: `${expected}, got ${showValue(sent)}`,
          },
    ],
  };
}

function wrongKind(
  branches: readonly TSchema[],
  value: unknown,
  path: Path,
): Choice {
  const isEnum = branches.every((branch) => KindGuard.IsLiteral(branch));
  const words = [...new Set(branches.map(expectation))];
  const expected = isEnum ? `one of ${words.join(", ")}` : words.join(" or ");
  const got = isEnum ? showValue(value) : jsonTypeOf(value);
  return {
    branches: [],
    findings: [
      {
        path,
        message: `expected ${expected}, got ${got}`,
      },
    ],
  };
}

/** Keeps the branches that the value's literals point to, one literal field after the other. */
function discriminate(
  branches: readonly TSchema[],
  value: Record<string, unknown>,
  path: Path,
): Choice {
  let choice: Choice = { branches, findings: [] };
  const tried = new Set<string>();
  while (choice.branches.length > 1) {
    const name = discriminators(choice.branches).find((n) => !tried.has(n));
    if (name === undefined) {
      return choice;
    }
    tried.add(name);
    choice = chooseBy(name, choice.branches, value, path);
  }
  return choice;
}

/** The branches of `anyOf` that the value may have been meant to be. */
export function chooseBranches(
  anyOf: readonly TSchema[],
  value: unknown,
  path: Path,
): Choice {
  const all = flatten(anyOf);
  const type = jsonTypeOf(value);
  const ofType = all.filter((branch) => jsonTypeOfSchema(branch) === type);
  if (ofType.every((branch) => KindGuard.IsLiteral(branch))) {
    const isOneOfThem = ofType.some((branch) => branch.const === value);
    return isOneOfThem
      ? { branches: [], findings: [] }
      : wrongKind(all, value, path);
  }
  return isRecord(value)
    ? discriminate(ofType, value, path)
    : { branches: ofType, findings: [] };
}
