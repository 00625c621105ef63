/**
 * What cells of several tables have in common: a name with a second line, a moment, a status.
 */
import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import {
  type JourneyStatus,
  type SegmentStatus,
} from "isomorphic-lib/src/types";
import { type ReactElement, type ReactNode } from "react";

import { formatAgo, formatMoment } from "../lib/formatting";

/** A name; below it, in narrow windows only, what other columns say in wide ones. */
export function NameCell({
  name,
  detail,
}: {
  readonly name: string;
  readonly detail?: ReactNode;
}): ReactElement {
  return (
    <Box sx={{ minWidth: 0 }}>
      <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
        {name}
      </Typography>
      {detail !== undefined && (
        <Typography
          component="div"
          variant="body2"
          sx={{
            color: "text.secondary",
            display: { sm: "none" },
            overflowWrap: "anywhere",
          }}
        >
          {detail}
        </Typography>
      )}
    </Box>
  );
}

/** How long ago, with the exact moment on hover. Takes Unix milliseconds or ISO 8601. */
export function MomentCell({
  moment,
}: {
  readonly moment: number | string;
}): ReactElement {
  const unixMilliseconds = new Date(moment).getTime();
  return (
    <Tooltip title={formatMoment(unixMilliseconds)}>
      <Typography
        component="time"
        dateTime={new Date(unixMilliseconds).toISOString()}
        variant="body2"
        sx={{ color: "text.secondary", whiteSpace: "nowrap" }}
      >
        {formatAgo(unixMilliseconds)}
      </Typography>
    </Tooltip>
  );
}

/** Text of at most two lines. */
export function TextCell({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Typography
      variant="body2"
      sx={{
        color: "text.secondary",
        overflow: "hidden",
        overflowWrap: "anywhere",
        display: "-webkit-box",
        WebkitLineClamp: 2,
        WebkitBoxOrient: "vertical",
      }}
    >
      {children}
    </Typography>
  );
}

const STATUS_LABELS = {
  NotStarted: "Not started",
  Running: "Running",
  Paused: "Paused",
  Broadcast: "Broadcast",
} as const;

const STATUS_COLORS = {
  NotStarted: "default",
  Running: "success",
  Paused: "warning",
  Broadcast: "info",
} as const;

/** The state of something that runs. */
export function StatusCell({
  status,
}: {
  readonly status: JourneyStatus | SegmentStatus;
}): ReactElement {
  return (
    <Chip
      size="small"
      variant="outlined"
      color={STATUS_COLORS[status]}
      label={STATUS_LABELS[status]}
    />
  );
}
