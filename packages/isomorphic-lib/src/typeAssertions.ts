/**
 * Small type guards, so that the rest narrows instead of casting.
 */

/** Ends a switch over a union: the compiler refuses it while a member is not handled. Throws if one comes anyway. */
export function assertUnreachable(value: never, what = "value"): never {
  throw new Error(`unhandled ${what}: ${JSON.stringify(value)}`);
}

export function isNotNull<T>(value: T | null): value is T {
  return value !== null;
}

export function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Neither null nor undefined. */
export function isPresent<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** An object that is no array: what JSON writes in braces. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
