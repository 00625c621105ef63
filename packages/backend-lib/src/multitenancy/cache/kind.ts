// A kind of thing that is kept: its name, what it depends on, how it is told from what it is not. Owns the scopes, which are the
// words that the triggers of migration 014 say when something changes; leaves keeping to the tiers and changing to the database.

import { createHash } from "node:crypto";

import { Kind, type Static, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { findWrappedSchema } from "isomorphic-lib/src/opaqueSchema";

/**
 * What of a workspace changes together. `access` is who may come in as what: keys, roles, the workspace's own row. The
 * `directory`, of no workspace, is which workspaces there are.
 */
export const CACHE_SCOPES = [
  "access",
  "directory",
  "journeys",
  "quotas",
  "segments",
  "settings",
  "subscriptionGroups",
  "templates",
  "userProperties",
] as const;

export type CacheScope = (typeof CACHE_SCOPES)[number];

export interface CacheKind<T> {
  /** Unique among the kinds; letters only. */
  readonly name: string;
  /** Any change of one of these, in the workspace, makes the value outdated. At least one. */
  readonly scopes: readonly CacheScope[];
  /** Seconds that a value lives at most, however little changes; default `TENANT_CACHE_TTL`. */
  readonly ttlSeconds?: number;
  /**
   * What a value of this kind looks like, for one that comes from Redis: another version of this software may have put it
   * there. Absent: the kind is kept in this process only, as secrets are, and may be anything.
   */
  readonly shape?: TypeCheck<TSchema>;
  /** Of the shape: where it differs, processes share no values. One may leave out what it does not know. */
  readonly shapeVersion?: string;
  /** Whether the text from Redis holds a value of this kind. */
  is(value: unknown): value is T;
}

const NAME = /^[a-zA-Z]{1,40}$/;

function checkedName(name: string): string {
  if (!NAME.test(name)) {
    throw new TypeError("The name of a cache kind has to be 1 to 40 letters.");
  }
  return name;
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === "object" && value !== null && Kind in value;
}

/** Eight hex digits that differ with whatever the schema says, also inside of opaque ones. */
function versionOf(schema: TSchema): string {
  const text = JSON.stringify(schema, (_name, value: unknown) =>
    isSchema(value) ? { ...value, wrapped: findWrappedSchema(value) } : value,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

export interface SharedKindOptions<S extends TSchema> {
  readonly name: string;
  readonly scopes: readonly [CacheScope, ...CacheScope[]];
  readonly schema: S;
  readonly ttlSeconds?: number;
}

/** A kind that is kept in Redis too, as JSON: values must survive that, and be what `schema` says. Make it once. */
export function sharedKind<S extends TSchema>({
  name,
  schema,
  ...options
}: SharedKindOptions<S>): CacheKind<Static<S>> {
  const shape = TypeCompiler.Compile(schema);
  return {
    ...options,
    name: checkedName(name),
    shape,
    shapeVersion: versionOf(schema),
    is: (value): value is Static<S> => shape.Check(value),
  };
}

export interface ProcessKindOptions {
  readonly name: string;
  readonly scopes: readonly [CacheScope, ...CacheScope[]];
  readonly ttlSeconds?: number;
}

/** A kind that never leaves this process, such as one that holds secrets. Make it once. */
export function processKind<T>({
  name,
  ...options
}: ProcessKindOptions): CacheKind<T> {
  return {
    ...options,
    name: checkedName(name),
    is: (_value): _value is T => false, // nothing of this kind comes from outside
  };
}
