/**
 * The message templates of the workspace.
 */
import Chip from "@mui/material/Chip";
import { type ReactElement } from "react";

import { MomentCell, NameCell, TextCell } from "../components/cells";
import { DashboardPage } from "../components/dashboardPage";
import { type Column } from "../components/dataTable";
import { TemplateIcon } from "../components/icons";
import { LazyCreateTemplateDialog } from "../components/lazyDialogs";
import { ResourceList } from "../components/resourceList";
import { summarizeTemplate } from "../lib/definitionSummaries";
import { type ListedTemplate } from "../lib/listedResources";
import { useDeleteTemplateMutation } from "../lib/useDeleteTemplateMutation";
import { useTemplatesQuery } from "../lib/useTemplatesQuery";

const CHANNEL_LABELS = {
  Email: "E-mail",
  Sms: "SMS",
  MobilePush: "Mobile push",
  Webhook: "Webhook",
} as const;

function definitionOf({ definition, draft }: ListedTemplate): unknown {
  return definition ?? draft ?? null;
}

const COLUMNS: readonly Column<ListedTemplate>[] = [
  {
    id: "name",
    label: "Name",
    sortValue: ({ name }) => name,
    render: (template) => (
      <NameCell
        name={template.name}
        detail={summarizeTemplate(definitionOf(template))}
      />
    ),
  },
  {
    id: "content",
    label: "Content",
    hideBelow: "sm",
    width: "36%",
    render: (template) => (
      <TextCell>{summarizeTemplate(definitionOf(template))}</TextCell>
    ),
  },
  {
    id: "channel",
    label: "Channel",
    width: 140,
    sortValue: ({ type }) => CHANNEL_LABELS[type],
    render: ({ type }) => (
      <Chip size="small" variant="outlined" label={CHANNEL_LABELS[type]} />
    ),
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

function searchText(template: ListedTemplate): string {
  const { name, id, type } = template;
  const content = summarizeTemplate(definitionOf(template));
  return `${name} ${id} ${CHANNEL_LABELS[type]} ${content}`;
}

function Templates(): ReactElement {
  const { data, error, refetch } = useTemplatesQuery();
  const deletion = useDeleteTemplateMutation();
  return (
    <ResourceList
      title="Templates"
      noun="template"
      description="The messages that journeys send, by e-mail, SMS, push or webhook."
      icon={<TemplateIcon fontSize="large" />}
      lesson="A template is a message with room for what you know of its receiver, such as {{ user.firstName }}. Write one, then let a journey send it."
      rows={data?.templates}
      failure={error}
      onRetry={() => {
        void refetch();
      }}
      columns={COLUMNS}
      searchText={searchText}
      definitionOf={definitionOf}
      deletion={deletion}
      deleteConsequence="Journeys that send it will skip that message. This cannot be undone."
      renderCreate={(slot) => <LazyCreateTemplateDialog {...slot} />}
    />
  );
}

export default function TemplatesPage(): ReactElement {
  return (
    <DashboardPage title="Templates">
      <Templates />
    </DashboardPage>
  );
}
