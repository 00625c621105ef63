/**
 * How much of everything the workspace has, each number leading to its list.
 */
import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import CardActionArea from "@mui/material/CardActionArea";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import Link from "next/link";
import { type ReactElement } from "react";

import { type ApiFailure } from "../../lib/apiFailure";
import { formatCount } from "../../lib/formatting";
import { useWorkspaceAddress } from "../../lib/session";
import { useJourneysQuery } from "../../lib/useJourneysQuery";
import { useSegmentsQuery } from "../../lib/useSegmentsQuery";
import { useTemplatesQuery } from "../../lib/useTemplatesQuery";
import { useUsersCountQuery } from "../../lib/useUsersCountQuery";
import { JourneyIcon, SegmentIcon, TemplateIcon, UserIcon } from "../icons";

interface CountCardProps {
  readonly label: string;
  readonly pathname: string;
  readonly icon: ReactElement;
  readonly count: number | undefined;
  readonly failure: ApiFailure | null;
}

function CountCard(props: CountCardProps): ReactElement {
  const { label, pathname, icon, count, failure } = props;
  const addressOf = useWorkspaceAddress();
  return (
    <Card>
      <CardActionArea
        component={Link}
        href={addressOf(pathname)}
        sx={{ p: 2, height: "100%" }}
      >
        <Box
          sx={{
            display: "flex",
            alignItems: "center",
            gap: 1,
            color: "text.secondary",
          }}
        >
          {icon}
          <Typography sx={{ fontWeight: 500 }}>{label}</Typography>
        </Box>
        <Typography
          component="p"
          sx={{
            fontSize: "1.625rem",
            fontWeight: 650,
            mt: 0.5,
            lineHeight: 1.3,
            fontVariantNumeric: "tabular-nums",
          }}
        >
          {count === undefined && failure === null && <Skeleton width={56} />}
          {count !== undefined && formatCount(count)}
          {count === undefined && failure !== null && "–"}
        </Typography>
      </CardActionArea>
    </Card>
  );
}

/** Four numbers. One that cannot be had shows a dash; its list says why. */
export function CountCards(): ReactElement {
  const users = useUsersCountQuery();
  const segments = useSegmentsQuery();
  const journeys = useJourneysQuery();
  const templates = useTemplatesQuery();
  return (
    <Box
      sx={{
        display: "grid",
        gap: 2,
        gridTemplateColumns: { xs: "1fr 1fr", md: "repeat(4, 1fr)" },
      }}
    >
      <CountCard
        label="Users"
        pathname="/users"
        icon={<UserIcon />}
        count={users.data?.userCount}
        failure={users.error}
      />
      <CountCard
        label="Segments"
        pathname="/segments"
        icon={<SegmentIcon />}
        count={segments.data?.segments.length}
        failure={segments.error}
      />
      <CountCard
        label="Journeys"
        pathname="/journeys"
        icon={<JourneyIcon />}
        count={journeys.data?.journeys.length}
        failure={journeys.error}
      />
      <CountCard
        label="Templates"
        pathname="/templates"
        icon={<TemplateIcon />}
        count={templates.data?.templates.length}
        failure={templates.error}
      />
    </Box>
  );
}
