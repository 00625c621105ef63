/**
 * The segments of the workspace.
 */
import { type ReactElement } from "react";

import {
  MomentCell,
  NameCell,
  StatusCell,
  TextCell,
} from "../components/cells";
import { DashboardPage } from "../components/dashboardPage";
import { type Column } from "../components/dataTable";
import { SegmentIcon } from "../components/icons";
import { LazyCreateSegmentDialog } from "../components/lazyDialogs";
import { ResourceList } from "../components/resourceList";
import { summarizeSegment } from "../lib/definitionSummaries";
import { type ListedSegment } from "../lib/listedResources";
import { useDeleteSegmentMutation } from "../lib/useDeleteSegmentMutation";
import { useSegmentsQuery } from "../lib/useSegmentsQuery";

const COLUMNS: readonly Column<ListedSegment>[] = [
  {
    id: "name",
    label: "Name",
    sortValue: ({ name }) => name,
    render: ({ name, definition }) => (
      <NameCell name={name} detail={summarizeSegment(definition)} />
    ),
  },
  {
    id: "definition",
    label: "Who is in it",
    hideBelow: "sm",
    width: "38%",
    render: ({ definition }) => (
      <TextCell>{summarizeSegment(definition)}</TextCell>
    ),
  },
  {
    id: "status",
    label: "Status",
    hideBelow: "md",
    width: 140,
    sortValue: ({ status }) => status ?? "",
    render: ({ status }) =>
      status !== undefined && <StatusCell status={status} />,
  },
  {
    id: "updatedAt",
    label: "Changed",
    hideBelow: "sm",
    width: 150,
    sortValue: ({ updatedAt }) => updatedAt,
    render: ({ updatedAt }) => <MomentCell moment={updatedAt} />,
  },
];

function searchText({ name, id, definition }: ListedSegment): string {
  return `${name} ${id} ${summarizeSegment(definition)}`;
}

function Segments(): ReactElement {
  const { data, error, refetch } = useSegmentsQuery();
  const deletion = useDeleteSegmentMutation();
  return (
    <ResourceList
      title="Segments"
      noun="segment"
      description="Groups of users that fill themselves, by who people are and what they do."
      icon={<SegmentIcon fontSize="large" />}
      lesson="A segment keeps the users who fit a condition, such as everyone on the plan “pro”. Journeys start from segments, and messages go to them."
      rows={data?.segments}
      failure={error}
      onRetry={() => {
        void refetch();
      }}
      columns={COLUMNS}
      searchText={searchText}
      definitionOf={({ definition }) => definition}
      deletion={deletion}
      deleteConsequence="Journeys that start from it will not start any more. This cannot be undone."
      renderCreate={(slot) => <LazyCreateSegmentDialog {...slot} />}
    />
  );
}

export default function SegmentsPage(): ReactElement {
  return (
    <DashboardPage title="Segments">
      <Segments />
    </DashboardPage>
  );
}
