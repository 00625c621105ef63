// How a value travels to Redis and back. Owns that what comes back is what was asked for: a value of this kind, workspace and
// key, of a shape that this version of the software understands. Redis is not trusted further than that.

import { type CacheKind } from "./kind";

export interface Place<T> {
  readonly kind: CacheKind<T>;
  readonly workspaceId: string;
  readonly key: string;
}

/** The value with its origin, as JSON; undefined when JSON has no words for it, as for what is kept in this process only. */
export function toText<T>(
  { kind, workspaceId, key }: Place<T>,
  value: T,
): string | undefined {
  try {
    return JSON.stringify([workspaceId, kind.name, key, value]);
  } catch {
    return undefined;
  }
}

/**
 * The value in the text, in an array of its own since it may be null; undefined when it is not this place's, or unlike its
 * kind. Never throws, whatever the text.
 */
export function fromText<T>(
  { kind, workspaceId, key }: Place<T>,
  text: string,
): readonly [T] | undefined {
  try {
    const found: unknown = JSON.parse(text);
    if (!Array.isArray(found) || found.length !== 4) {
      return undefined;
    }
    const parts: readonly unknown[] = found;
    const [ofWorkspace, ofKind, ofKey, value] = parts;
    const isMeant =
      ofWorkspace === workspaceId && ofKind === kind.name && ofKey === key;
    return isMeant && kind.is(value) ? [value] : undefined;
  } catch {
    return undefined; // no JSON, or so deep that looking at it overflows the stack
  }
}

/** Makes the value unchangeable, however deep: it is shared by all who read it. What is not plain data stays as it is inside. */
export function frozen<T>(value: T): T {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    // The bytes of a buffer cannot be frozen: Object.freeze() throws.
    if (
      typeof next === "object" &&
      next !== null &&
      !ArrayBuffer.isView(next) &&
      !seen.has(next)
    ) {
      seen.add(next);
      Object.values(Object.freeze(next)).forEach((each) => waiting.push(each));
    }
  }
  return value;
}
