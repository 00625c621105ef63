/**
 * Refuses JSON that parses but that nobody should carry on with: nested so deep that a recursive reader overflows its
 * stack, or with text and numbers that Postgres cannot store. It runs before any schema, and so never recurses itself.
 */
import { err, ok, type Result } from "neverthrow";

import { MAX_JSON_DEPTH } from "./constants";
import { fieldPath } from "./fieldPath";
import { isRecord } from "./typeAssertions";
import type { FieldError } from "./types/apiError";

// With the u flag a well-formed pair is one character, so this matches only halves.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** One container that is being walked; a key for each of its values, in the same order. */
interface Frame {
  readonly keys: readonly (string | number)[];
  readonly values: readonly unknown[];
  next: number;
}

function textFault(text: string): string | null {
  if (text.includes("\0")) {
    return "must not contain the character U+0000 (NUL)";
  }
  return LONE_SURROGATE.test(text)
    ? "must not contain half of a surrogate pair (malformed Unicode)"
    : null;
}

function scalarFault(value: unknown): string | null {
  if (typeof value === "string") {
    return textFault(value);
  }
  return typeof value === "number" && !Number.isFinite(value)
    ? "must be a finite number"
    : null;
}

function toFrame(value: unknown): Frame | null {
  if (Array.isArray(value)) {
    return { keys: [...value.keys()], values: value, next: 0 };
  }
  return isRecord(value)
    ? { keys: Object.keys(value), values: Object.values(value), next: 0 }
    : null;
}

function pathTo(frames: readonly Frame[]): string {
  return fieldPath(frames.flatMap((frame) => frame.keys[frame.next - 1] ?? []));
}

/** The first place, in reading order, that makes a parsed JSON value unsafe, or null when there is none: arrays and
 *  objects nested deeper than MAX_JSON_DEPTH, U+0000 or a lone surrogate in a text or a key, a number that is not
 *  finite (`1e999` parses as Infinity). Takes time linear in the value's size and no stack, whatever its depth; a value
 *  that contains itself counts as too deep. */
export function findUnsafeJson(value: unknown): FieldError | null {
  const fault = scalarFault(value);
  if (fault !== null) {
    return { field: "", message: fault };
  }
  const root = toFrame(value);
  const frames = root === null ? [] : [root];
  for (;;) {
    const frame = frames.at(-1);
    if (frame === undefined) {
      return null;
    }
    if (frame.next === frame.values.length) {
      frames.pop();
      continue;
    }
    const key = frame.keys[frame.next];
    const item = frame.values[frame.next];
    frame.next += 1;
    const itemFault =
      (typeof key === "string" ? textFault(key) : null) ?? scalarFault(item);
    if (itemFault !== null) {
      return { field: pathTo(frames), message: itemFault };
    }
    const child = toFrame(item);
    if (child !== null) {
      if (frames.length === MAX_JSON_DEPTH) {
        return {
          field: pathTo(frames),
          message: `must not nest deeper than ${MAX_JSON_DEPTH} levels`,
        };
      }
      frames.push(child);
    }
  }
}

/** The value of a JSON text. Err: the parser's message. What it gives may still be unsafe. */
export function parseJson(text: string): Result<unknown, string> {
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch (error) {
    return err(String(error));
  }
}
