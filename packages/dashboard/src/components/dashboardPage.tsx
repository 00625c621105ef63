/**
 * The content of a page inside the frame: shown once the session is known, with the reason and a way on when it cannot
 * be. A change of workspace starts the content afresh, so no search or open dialog is carried into another workspace.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import Link from "next/link";
import { useRouter } from "next/router";
import { Fragment, type ReactElement, type ReactNode, use } from "react";

import { type ApiFailure } from "../lib/apiFailure";
import { forgetWorkspaceId } from "../lib/rememberedWorkspace";
import { SessionContext } from "../lib/session";
import { EmptyState } from "./emptyState";
import { FailureNotice } from "./failureNotice";
import { ForbiddenIcon } from "./icons";
import { PageHead } from "./pageHead";

/** The sign-in page of the mode with one password. */
const SIGN_IN_PATH = "/auth/single-tenant";

function SignedOut(): ReactElement {
  const router = useRouter();
  return (
    <EmptyState
      role="alert"
      icon={<ForbiddenIcon fontSize="large" />}
      title="You are signed out"
      description="Sign in to go on. If you came through your company's own sign-in, reload the page to pass it again."
      action={
        <Button
          variant="contained"
          component={Link}
          href={`${SIGN_IN_PATH}?next=${encodeURIComponent(router.asPath)}`}
        >
          Sign in
        </Button>
      }
    />
  );
}

function NoAccess({ failure }: { readonly failure: ApiFailure }): ReactElement {
  return (
    <EmptyState
      role="alert"
      icon={<ForbiddenIcon fontSize="large" />}
      title="This workspace is closed to you"
      description={`${failure.message} Ask one of its managers for a role, or open a workspace of yours.`}
      action={
        <Button
          variant="contained"
          component={Link}
          href="/"
          onClick={() => forgetWorkspaceId()}
        >
          Open my workspace
        </Button>
      }
    />
  );
}

function LoadingPage(): ReactElement {
  return (
    <Box role="status" aria-label="Loading">
      <Skeleton width={180} height={36} />
      <Skeleton width="55%" height={22} sx={{ mb: 3 }} />
      <Skeleton variant="rounded" height={320} />
    </Box>
  );
}

function PageContent({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  const state = use(SessionContext);
  switch (state.status) {
    case "loading":
      return <LoadingPage />;
    case "ready":
      return <Fragment key={state.session.workspace.id}>{children}</Fragment>;
    case "failed":
      switch (state.failure.kind) {
        case "unauthenticated":
          return <SignedOut />;
        case "forbidden":
          return <NoAccess failure={state.failure} />;
        default:
          return (
            <FailureNotice failure={state.failure} onRetry={state.retry} />
          );
      }
  }
}

/** A page of the dashboard. Its children may rely on `useSession`. */
export function DashboardPage({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <>
      <PageHead title={title} />
      <PageContent>{children}</PageContent>
    </>
  );
}
