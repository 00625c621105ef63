/**
 * How answers of the API are cached, retried and refreshed. A sign-out noticed by any request refreshes the session, so
 * that the whole page reacts in one place (`components/sessionGate.tsx`).
 */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { type ApiFailure } from "./apiFailure";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ApiFailure;
  }
}

/** First part of the session's query key. */
export const SESSION_QUERY = "session";

const STALE_AFTER_MS = 15_000;
const MAX_RETRIES = 2;

/** A client with the dashboard's rules; one for each page load (or test). `retryDelayMs` is for tests. */
export function createQueryClient({ retryDelayMs = 800 } = {}): QueryClient {
  const queryCache = new QueryCache({
    onError: (failure, query) => {
      if (query.queryKey[0] !== SESSION_QUERY) {
        noticeSignOut(failure);
      }
    },
  });
  const mutationCache = new MutationCache({
    onError: (failure) => noticeSignOut(failure),
  });
  const client = new QueryClient({
    queryCache,
    mutationCache,
    defaultOptions: {
      queries: {
        staleTime: STALE_AFTER_MS,
        // Offline is a failure with a way to retry, not an endless skeleton.
        networkMode: "always",
        refetchOnReconnect: true,
        retry: (failures, failure) =>
          failure.isTransient && failures < MAX_RETRIES,
        retryDelay: (attempt) => retryDelayMs * 2 ** attempt,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
  function noticeSignOut(failure: ApiFailure): void {
    if (failure.kind === "unauthenticated") {
      void client.invalidateQueries({ queryKey: [SESSION_QUERY] });
    }
  }
  return client;
}
