/**
 * The last few events, so that one sees that something arrives.
 */
import Button from "@mui/material/Button";
import Link from "next/link";
import { type ReactElement } from "react";

import { useWorkspaceAddress } from "../../lib/session";
import { useEventsQuery } from "../../lib/useEventsQuery";
import { DataTable } from "../dataTable";
import { EmptyState } from "../emptyState";
import { EVENT_COLUMNS } from "../events/eventColumns";
import { EventIcon } from "../icons";
import { Panel } from "../panel";

const SHOWN = 8;

/** Asks again whenever the window gets the focus, as after a command in a terminal. */
export function RecentEvents(): ReactElement {
  const { data, error, refetch } = useEventsQuery({ limit: SHOWN });
  const addressOf = useWorkspaceAddress();
  return (
    <Panel
      title="Recent events"
      isFlush
      action={
        <Button size="small" component={Link} href={addressOf("/events")}>
          All events
        </Button>
      }
    >
      <DataTable
        isBare
        label="Recent events"
        columns={EVENT_COLUMNS}
        rows={data?.events}
        rowId={({ messageId }) => messageId}
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        empty={
          <EmptyState
            icon={<EventIcon fontSize="large" />}
            title="No events yet"
            description="Send a first one with the command above; it appears here within a moment."
          />
        }
      />
    </Panel>
  );
}
