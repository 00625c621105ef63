/**
 * The list of events with its search and pages, and a look into one of them.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { type EventResource, type EventType } from "isomorphic-lib/src/types";
import { type ReactElement, useState } from "react";

import { parseJsonText } from "../../lib/definitionText";
import { formatCount, formatQuantity } from "../../lib/formatting";
import { useDebounced } from "../../lib/useDebounced";
import { useDialogSubject } from "../../lib/useDialogSubject";
import { useEventsQuery } from "../../lib/useEventsQuery";
import { DataTable } from "../dataTable";
import { DefinitionDialog } from "../definitionDialog";
import { EmptyState } from "../emptyState";
import { CodeIcon, EventIcon, SearchIcon } from "../icons";
import { Pager } from "../pager";
import { RowMenu } from "../rowMenu";
import { SearchField } from "../searchField";
import { SelectField } from "../selectField";
import { EVENT_COLUMNS, eventName } from "./eventColumns";

const PAGE_SIZE = 25;

type TypeChoice = EventType | "all";

const TYPES: readonly { readonly value: TypeChoice; readonly label: string }[] =
  [
    { value: "all", label: "All types" },
    { value: "track", label: "Track" },
    { value: "identify", label: "Identify" },
    { value: "page", label: "Page" },
    { value: "screen", label: "Screen" },
    { value: "group", label: "Group" },
  ];

function Nothing({ onClear }: { readonly onClear: (() => void) | undefined }) {
  return onClear === undefined ? (
    <EmptyState
      icon={<EventIcon fontSize="large" />}
      title="No events yet"
      description="Events are what your application tells about its users, such as “Signed Up”. The home page has a command that sends a first one."
    />
  ) : (
    <EmptyState
      role="status"
      icon={<SearchIcon fontSize="large" />}
      title="No event matches"
      description="Try other words or another type."
      action={<Button onClick={onClear}>Clear the search</Button>}
    />
  );
}

/** Newest first. */
export function EventTable(): ReactElement {
  const [search, setSearch] = useState("");
  const [type, setType] = useState<TypeChoice>("all");
  const [offset, setOffset] = useState(0);
  const viewed = useDialogSubject<EventResource>();
  const searchTerm = useDebounced(search.trim());
  const { data, error, refetch, isPlaceholderData } = useEventsQuery({
    limit: PAGE_SIZE,
    offset,
    searchTerm: searchTerm === "" ? undefined : searchTerm,
    eventType: type === "all" ? undefined : type,
  });
  const isFiltered = searchTerm !== "" || type !== "all";
  const count = data?.count ?? 0;
  const last = Math.min(offset + PAGE_SIZE, count);
  return (
    <>
      <Box
        sx={{
          display: "flex",
          flexWrap: "wrap",
          alignItems: "center",
          gap: 1.5,
          mb: 2,
        }}
      >
        <SearchField
          label="Search events"
          value={search}
          onChange={(text) => {
            setSearch(text);
            setOffset(0);
          }}
        />
        <SelectField
          isInline
          label="Type"
          value={type}
          options={TYPES}
          onChange={(next) => {
            setType(next);
            setOffset(0);
          }}
        />
        <Typography
          role="status"
          variant="body2"
          sx={{ color: "text.secondary", ml: { sm: "auto" }, minHeight: 20 }}
        >
          {data !== undefined && formatQuantity(count, "event")}
        </Typography>
      </Box>
      <DataTable
        label="Events"
        columns={EVENT_COLUMNS}
        rows={data?.events}
        rowId={({ messageId }) => messageId}
        renderRowActions={(event) => (
          <RowMenu
            of={eventName(event)}
            actions={[
              {
                label: "View event",
                icon: <CodeIcon />,
                onSelect: () => viewed.open(event),
              },
            ]}
          />
        )}
        failure={error}
        onRetry={() => {
          void refetch();
        }}
        isRefreshing={isPlaceholderData}
        empty={
          <Nothing
            onClear={
              isFiltered
                ? () => {
                    setSearch("");
                    setType("all");
                  }
                : undefined
            }
          />
        }
        footer={
          <Pager
            text={`${formatCount(offset + 1)}–${formatCount(last)} of ${formatCount(count)}`}
            onPrevious={
              offset === 0
                ? undefined
                : () => setOffset(Math.max(0, offset - PAGE_SIZE))
            }
            onNext={
              last >= count ? undefined : () => setOffset(offset + PAGE_SIZE)
            }
          />
        }
      />
      {viewed.subject !== null && (
        <DefinitionDialog
          isOpen={viewed.isOpen}
          title={`Event ${eventName(viewed.subject)}`}
          what="event"
          definition={{
            ...viewed.subject,
            traits: parseJsonText(viewed.subject.traits),
          }}
          onClose={viewed.close}
        />
      )}
    </>
  );
}
