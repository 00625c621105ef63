/**
 * Copies to the clipboard from places that have no room for a copy button's own sign of success.
 */
import { useNotify } from "./useNotify";

/** Says afterwards what was copied; where the browser forbids it (plain http), the text itself. */
export function useCopy(): (text: string, what: string) => void {
  const notify = useNotify();
  const copy = async (text: string, what: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      notify(`Copied the ${what}`);
    } catch {
      notify(`The ${what} is ${text}`);
    }
  };
  return (text, what) => {
    void copy(text, what);
  };
}
