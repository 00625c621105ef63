/**
 * What surrounds every page: theme, cached data, session, notifications and the frame.
 */
import CssBaseline from "@mui/material/CssBaseline";
import { ThemeProvider } from "@mui/material/styles";
import { AppCacheProvider } from "@mui/material-nextjs/v16-pagesRouter";
import { QueryClientProvider } from "@tanstack/react-query";
import type { AppProps } from "next/app";
import Head from "next/head";
import { type ReactElement, useState } from "react";

import { Layout } from "../components/layout";
import { NotificationProvider } from "../components/notifications";
import { SessionGate } from "../components/sessionGate";
import { createQueryClient } from "../lib/queryClient";
import { theme } from "../theme";

/** Pages for people who are not signed in: no session, no frame. */
const OUTSIDE = /^\/auth\//;

export default function App(props: AppProps<object>): ReactElement {
  const { Component, pageProps, router } = props;
  const [queryClient] = useState(() => createQueryClient());
  const page = <Component {...pageProps} />;
  return (
    <AppCacheProvider {...props}>
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </Head>
      <ThemeProvider theme={theme} defaultMode="system">
        <CssBaseline enableColorScheme />
        <QueryClientProvider client={queryClient}>
          <NotificationProvider>
            {OUTSIDE.test(router.pathname) ? (
              page
            ) : (
              <SessionGate>
                <Layout>{page}</Layout>
              </SessionGate>
            )}
          </NotificationProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </AppCacheProvider>
  );
}
