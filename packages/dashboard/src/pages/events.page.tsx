/**
 * The events of the workspace.
 */
import { type ReactElement } from "react";

import { DashboardPage } from "../components/dashboardPage";
import { EventTable } from "../components/events/eventTable";
import { PageHeader } from "../components/pageHeader";

export default function EventsPage(): ReactElement {
  return (
    <DashboardPage title="Events">
      <PageHeader
        title="Events"
        description="What your applications and the server reported, newest first."
      />
      <EventTable />
    </DashboardPage>
  );
}
