/**
 * The journeys of the workspace.
 */
import { type ReactElement, useMemo } from "react";

import {
  MomentCell,
  NameCell,
  StatusCell,
  TextCell,
} from "../components/cells";
import { DashboardPage } from "../components/dashboardPage";
import { type Column } from "../components/dataTable";
import { JourneyIcon } from "../components/icons";
import { LazyCreateJourneyDialog } from "../components/lazyDialogs";
import { ResourceList } from "../components/resourceList";
import { summarizeJourney } from "../lib/definitionSummaries";
import { type ListedJourney, type ListedSegment } from "../lib/listedResources";
import { useDeleteJourneyMutation } from "../lib/useDeleteJourneyMutation";
import { useJourneysQuery } from "../lib/useJourneysQuery";
import { useSegmentsQuery } from "../lib/useSegmentsQuery";

type Summarize = (journey: ListedJourney) => string;

function summarizeWith(segments: readonly ListedSegment[]): Summarize {
  const names = new Map(segments.map(({ id, name }) => [id, name]));
  return ({ definition }) =>
    summarizeJourney(definition, (id) => names.get(id));
}

function columnsFor(summarize: Summarize): readonly Column<ListedJourney>[] {
  return [
    {
      id: "name",
      label: "Name",
      sortValue: ({ name }) => name,
      render: (journey) => (
        <NameCell name={journey.name} detail={summarize(journey)} />
      ),
    },
    {
      id: "trigger",
      label: "Trigger and length",
      hideBelow: "sm",
      width: "36%",
      render: (journey) => <TextCell>{summarize(journey)}</TextCell>,
    },
    {
      id: "status",
      label: "Status",
      width: 140,
      sortValue: ({ status }) => status,
      render: ({ status }) => <StatusCell status={status} />,
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
}

function Journeys(): ReactElement {
  const { data, error, refetch } = useJourneysQuery();
  const { data: segmentData } = useSegmentsQuery();
  const deletion = useDeleteJourneyMutation();
  const summarize = useMemo(
    () => summarizeWith(segmentData?.segments ?? []),
    [segmentData],
  );
  const columns = useMemo(() => columnsFor(summarize), [summarize]);
  return (
    <ResourceList
      title="Journeys"
      noun="journey"
      description="What users get, when, and in which order."
      icon={<JourneyIcon fontSize="large" />}
      lesson="A journey starts when a user does something or joins a segment, then waits, branches and sends messages. A first one could welcome everyone who signs up."
      rows={data?.journeys}
      failure={error}
      onRetry={() => {
        void refetch();
      }}
      columns={columns}
      searchText={(journey) =>
        `${journey.name} ${journey.id} ${journey.status} ${summarize(journey)}`
      }
      definitionOf={({ definition, draft }) => definition ?? draft ?? null}
      deletion={deletion}
      deleteConsequence="Users who are in it will get no further messages from it. This cannot be undone."
      renderCreate={(slot) => <LazyCreateJourneyDialog {...slot} />}
    />
  );
}

export default function JourneysPage(): ReactElement {
  return (
    <DashboardPage title="Journeys">
      <Journeys />
    </DashboardPage>
  );
}
