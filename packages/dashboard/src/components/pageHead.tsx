/**
 * The title of the browser's tab: the page, then the workspace, then the product.
 */
import Head from "next/head";
import { type ReactElement } from "react";

import { useMaybeSession } from "../lib/session";

/** Names the page in the browser's tab, history and bookmarks. */
export function PageHead({ title }: { readonly title: string }): ReactElement {
  const session = useMaybeSession();
  const parts = [title, session?.workspace.name, "Dittofeed"];
  return (
    <Head>
      <title>{parts.filter((part) => part !== undefined).join(" · ")}</title>
    </Head>
  );
}
