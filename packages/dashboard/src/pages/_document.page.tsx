/**
 * The HTML around the application, made once at build time: styles of the first paint, colours before the first paint.
 */
import InitColorSchemeScript from "@mui/material/InitColorSchemeScript";
import {
  documentGetInitialProps,
  DocumentHeadTags,
  type DocumentHeadTagsProps,
} from "@mui/material-nextjs/v16-pagesRouter";
import {
  type DocumentContext,
  type DocumentProps,
  Head,
  Html,
  Main,
  NextScript,
} from "next/document";
import { type ReactElement } from "react";

/** Next does not add the base path to plain links. */
const FAVICON = "/dashboard/favicon.svg";

export default function Document(
  props: DocumentProps & DocumentHeadTagsProps,
): ReactElement {
  return (
    <Html lang="en" suppressHydrationWarning>
      <Head>
        <meta
          name="description"
          content="Dittofeed: segments, journeys and messages of your workspaces"
        />
        <link rel="icon" type="image/svg+xml" href={FAVICON} />
        <DocumentHeadTags {...props} />
      </Head>
      <body>
        <InitColorSchemeScript attribute="data" defaultMode="system" />
        <Main />
        <NextScript />
      </body>
    </Html>
  );
}

Document.getInitialProps = (
  context: DocumentContext,
): ReturnType<typeof documentGetInitialProps> =>
  documentGetInitialProps(context);
