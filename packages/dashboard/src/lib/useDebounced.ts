/**
 * Waits until typing pauses, so that a search asks the server once and not for every letter.
 */
import { useEffect, useState } from "react";

/** The value as it was when it last stood still for `delayMs`. */
export function useDebounced<T>(value: T, delayMs = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
