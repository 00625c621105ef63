/**
 * Helpers around neverthrow's Result, the form of every expected failure.
 */
import type { Result } from "neverthrow";

/** The value, where a failure would be a bug: in tests, seeds, start-up. Throws the error otherwise (as the `cause`
 *  of an Error unless it is one itself). */
export function unwrap<T, E>(result: Result<T, E>): T {
  if (result.isOk()) {
    return result.value;
  }
  const { error } = result;
  if (error instanceof Error) {
    throw error;
  }
  throw new Error(`unwrapped an Err: ${JSON.stringify(error)}`, {
    cause: error,
  });
}

/** A Result in the form that it has in JSON. */
export function toJsonResult<T, E>(
  result: Result<T, E>,
): { type: "Ok"; value: T } | { type: "Err"; err: E } {
  return result.isOk()
    ? { type: "Ok", value: result.value }
    : { type: "Err", err: result.error };
}
