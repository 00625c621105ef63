/**
 * Tells the first render, which must equal the exported HTML, from all later ones, which may look at the browser.
 */
import { useSyncExternalStore } from "react";

function subscribeToNothing(): () => void {
  return () => undefined;
}

/** False while the exported HTML is taken over, true from then on. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    subscribeToNothing,
    () => true,
    () => false,
  );
}
