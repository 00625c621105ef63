/**
 * How a message names a place in a request: `definition/nodes/0/type`. Keys come from the client, so they are cut
 * and cleaned before they are shown or logged.
 */
import type { FieldError } from "./types/apiError";

const MAX_KEY_LENGTH = 64;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cf}]/gu;

function showKey(key: string): string {
  const cut =
    key.length > MAX_KEY_LENGTH ? `${key.slice(0, MAX_KEY_LENGTH)}…` : key;
  return cut
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
    .replace(UNPRINTABLE, "\uFFFD");
}

/** The path of keys and indices as text, joined by `/`, empty for the value itself. As in JSON Pointer (RFC 6901) a
 *  key's own `~` and `/` read `~0` and `~1`; a long key is cut and unprintable characters read U+FFFD. */
export function fieldPath(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) =>
      typeof segment === "number" ? String(segment) : showKey(segment),
    )
    .join("/");
}

/** One line for a person: `body/name: required`. `root` says which part of the request is meant, such as `body`. */
export function fieldErrorText(error: FieldError, root = ""): string {
  const place = [root, error.field].filter((part) => part !== "").join("/");
  return place === "" ? error.message : `${place}: ${error.message}`;
}
