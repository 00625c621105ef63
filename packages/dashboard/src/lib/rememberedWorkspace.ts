/**
 * Remembers the chosen workspace beside the address: for this tab, so that two tabs can work in two workspaces, and for
 * the browser, so that the next visit starts where the last one ended. Without storage (private windows, blocked
 * cookies) nothing is remembered and nothing fails.
 */

const KEY = "dittofeed.workspaceId";

function stores(): Storage[] {
  try {
    return [window.sessionStorage, window.localStorage];
  } catch {
    return [];
  }
}

/** The id last remembered in this tab, else in this browser; null when there is none. */
export function recallWorkspaceId(): string | null {
  for (const store of stores()) {
    const id = store.getItem(KEY);
    if (id !== null) {
      return id;
    }
  }
  return null;
}

/** Makes the id the answer of the next `recallWorkspaceId`. */
export function rememberWorkspaceId(id: string): void {
  stores().forEach((store) => {
    try {
      store.setItem(KEY, id);
    } catch {
      // A full or read-only store: the address still names the workspace.
    }
  });
}

/** Makes the server choose the workspace again. */
export function forgetWorkspaceId(): void {
  stores().forEach((store) => store.removeItem(KEY));
}
