/**
 * The columns of lists of events.
 */
import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import Typography from "@mui/material/Typography";
import { type EventResource } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import { MomentCell } from "../cells";
import { type Column } from "../dataTable";

/** What happened: the event's own name, or its type where it has none. */
export function eventName({ event, eventType }: EventResource): string {
  return event === "" ? eventType : event;
}

/** Who did it: the user, or the anonymous id before they were known. */
export function eventUser({ userId, anonymousId }: EventResource): string {
  return userId ?? anonymousId ?? "";
}

function EventCell({ event }: { readonly event: EventResource }): ReactElement {
  return (
    <Box
      sx={{ display: "flex", alignItems: "center", gap: 1, flexWrap: "wrap" }}
    >
      <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
        {eventName(event)}
      </Typography>
      {event.event !== "" && event.eventType !== "track" && (
        <Chip size="small" variant="outlined" label={event.eventType} />
      )}
    </Box>
  );
}

/** Newest first is the server's order, so none is sortable. */
export const EVENT_COLUMNS: readonly Column<EventResource>[] = [
  {
    id: "event",
    label: "Event",
    render: (event) => (
      <>
        <EventCell event={event} />
        <Typography
          variant="body2"
          sx={{
            color: "text.secondary",
            display: { sm: "none" },
            overflowWrap: "anywhere",
          }}
        >
          {eventUser(event)}
        </Typography>
      </>
    ),
  },
  {
    id: "user",
    label: "User",
    hideBelow: "sm",
    width: "32%",
    render: (event) => (
      <Typography variant="body2" sx={{ overflowWrap: "anywhere" }}>
        {eventUser(event)}
      </Typography>
    ),
  },
  {
    id: "time",
    label: "When",
    width: 150,
    render: ({ eventTime }) => <MomentCell moment={eventTime} />,
  },
];
