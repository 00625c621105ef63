// Renders a page with everything that _app.page.tsx puts around it, but for the frame: theme, cache, session, notifications,
// and a router that remembers where it was sent.

import { ThemeProvider } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  cleanup,
  configure,
  render,
  type RenderResult,
} from "@testing-library/react";
import { RouterContext } from "next/dist/shared/lib/router-context.shared-runtime";
import { type NextRouter } from "next/router";
import { type ReactElement } from "react";
import { afterEach } from "vitest";

import { NotificationProvider } from "../src/components/notifications";
import { SessionGate } from "../src/components/sessionGate";
import { createQueryClient } from "../src/lib/queryClient";
import { theme } from "../src/theme";

// A page is loaded in the first test that shows it, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  window.sessionStorage.clear();
  window.localStorage.clear();
});

export interface RenderedPage extends RenderResult {
  /** Where links and code asked the router to go, in order. */
  readonly visited: unknown[];
}

interface RenderOptions {
  readonly pathname?: string;
  readonly query?: Readonly<Record<string, string>>;
}

function routerAt(
  { pathname = "/", query = {} }: RenderOptions,
  visited: unknown[],
): NextRouter {
  const go = async (to: unknown): Promise<boolean> => {
    visited.push(to);
    return true;
  };
  return {
    pathname,
    query: { ...query },
    route: pathname,
    asPath: pathname,
    basePath: "/dashboard",
    isReady: true,
    isFallback: false,
    isPreview: false,
    isLocaleDomain: false,
    push: go,
    replace: go,
    prefetch: async () => undefined,
    reload: () => undefined,
    back: () => undefined,
    forward: () => undefined,
    beforePopState: () => undefined,
    events: {
      on: () => undefined,
      off: () => undefined,
      emit: () => undefined,
    },
  };
}

/** The page as a visitor of the address gets it. Retries of the cache come at once. */
export function renderPage(
  page: ReactElement,
  options: RenderOptions = {},
): RenderedPage {
  const visited: unknown[] = [];
  const router = routerAt(options, visited);
  const rendered = render(
    <RouterContext value={router}>
      <ThemeProvider theme={theme}>
        <QueryClientProvider client={createQueryClient({ retryDelayMs: 0 })}>
          <NotificationProvider>
            <SessionGate>{page}</SessionGate>
          </NotificationProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </RouterContext>,
  );
  return { ...rendered, visited };
}
