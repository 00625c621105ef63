/**
 * The home of a workspace: what it has, what last happened, and how to make something happen.
 */
import Stack from "@mui/material/Stack";
import { type ReactElement } from "react";

import { DashboardPage } from "../components/dashboardPage";
import { CountCards } from "../components/home/countCards";
import { GettingStarted } from "../components/home/gettingStarted";
import { RecentEvents } from "../components/home/recentEvents";
import { PageHeader } from "../components/pageHeader";
import { useSession } from "../lib/session";

function Home(): ReactElement {
  const { workspace } = useSession();
  return (
    <>
      <PageHeader
        title={workspace.name}
        description="Who is here, what is running, what just happened."
      />
      <Stack spacing={3}>
        <CountCards />
        <GettingStarted />
        <RecentEvents />
      </Stack>
    </>
  );
}

export default function HomePage(): ReactElement {
  return (
    <DashboardPage title="Home">
      <Home />
    </DashboardPage>
  );
}
