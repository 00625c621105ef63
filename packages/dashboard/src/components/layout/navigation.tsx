/**
 * The pages of the dashboard, as a list of links. Where it is shown (beside the page or over it) is the layout's.
 */
import Box from "@mui/material/Box";
import List from "@mui/material/List";
import ListItem from "@mui/material/ListItem";
import ListItemButton from "@mui/material/ListItemButton";
import ListItemIcon from "@mui/material/ListItemIcon";
import ListItemText from "@mui/material/ListItemText";
import Typography from "@mui/material/Typography";
import Link from "next/link";
import { useRouter } from "next/router";
import { type ReactElement } from "react";

import { useWorkspaceAddress } from "../../lib/session";
import {
  EventIcon,
  HomeIcon,
  JourneyIcon,
  SegmentIcon,
  SettingsIcon,
  TemplateIcon,
  UserIcon,
} from "../icons";

interface Destination {
  readonly pathname: string;
  readonly label: string;
  readonly icon: ReactElement;
}

interface Group {
  readonly label: string | null;
  readonly destinations: readonly Destination[];
}

/** A new page gets its entry here. */
const GROUPS: readonly Group[] = [
  {
    label: null,
    destinations: [{ pathname: "/", label: "Home", icon: <HomeIcon /> }],
  },
  {
    label: "Messaging",
    destinations: [
      { pathname: "/journeys", label: "Journeys", icon: <JourneyIcon /> },
      { pathname: "/templates", label: "Templates", icon: <TemplateIcon /> },
    ],
  },
  {
    label: "Audience",
    destinations: [
      { pathname: "/users", label: "Users", icon: <UserIcon /> },
      { pathname: "/segments", label: "Segments", icon: <SegmentIcon /> },
      { pathname: "/events", label: "Events", icon: <EventIcon /> },
    ],
  },
  {
    label: "Workspace",
    destinations: [
      { pathname: "/settings", label: "Settings", icon: <SettingsIcon /> },
    ],
  },
];

function NavigationLink({
  destination: { pathname, label, icon },
}: {
  readonly destination: Destination;
}): ReactElement {
  const router = useRouter();
  const addressOf = useWorkspaceAddress();
  const isHere = router.pathname === pathname;
  return (
    <ListItem disablePadding>
      <ListItemButton
        component={Link}
        href={addressOf(pathname)}
        selected={isHere}
        aria-current={isHere ? "page" : undefined}
        sx={{
          borderRadius: 1.5,
          px: 1.25,
          py: 0.625,
          mb: 0.25,
          color: isHere ? "primary.main" : "text.primary",
        }}
      >
        <ListItemIcon
          sx={{
            minWidth: 32,
            color: isHere ? "primary.main" : "text.secondary",
          }}
        >
          {icon}
        </ListItemIcon>
        <ListItemText
          primary={label}
          sx={{ my: 0.25 }}
          slotProps={{ primary: { sx: { fontWeight: isHere ? 600 : 500 } } }}
        />
      </ListItemButton>
    </ListItem>
  );
}

/** All pages, grouped; the present one is marked for eyes and for screen readers. */
export function Navigation(): ReactElement {
  return (
    <Box component="nav" aria-label="Pages" sx={{ px: 1.5, py: 1.5 }}>
      {GROUPS.map(({ label, destinations }) => (
        <Box key={label} sx={{ mb: 1.5 }}>
          {label !== null && (
            <Typography
              variant="overline"
              component="p"
              sx={{
                color: "text.secondary",
                textTransform: "none",
                letterSpacing: 0,
                fontSize: "0.75rem",
                px: 1.25,
                pb: 0.5,
              }}
            >
              {label}
            </Typography>
          )}
          <List disablePadding aria-label={label ?? undefined}>
            {destinations.map((destination) => (
              <NavigationLink
                key={destination.pathname}
                destination={destination}
              />
            ))}
          </List>
        </Box>
      ))}
    </Box>
  );
}
