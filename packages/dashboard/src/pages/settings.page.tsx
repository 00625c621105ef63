/**
 * The settings of the workspace: the registered sections one below the other, with a list of them beside.
 */
import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import Link from "@mui/material/Link";
import Typography from "@mui/material/Typography";
import { type ReactElement, useEffect } from "react";

import { useDisabledReason } from "../components/actionButton";
import { DashboardPage } from "../components/dashboardPage";
import { EmptyState } from "../components/emptyState";
import { ForbiddenIcon } from "../components/icons";
import { PageHeader } from "../components/pageHeader";
import {
  SETTINGS_SECTIONS,
  type SettingsSection,
} from "../components/settings/sections";

/** Room for the header, which would cover a heading that is scrolled to. */
const SCROLL_MARGIN = 80;

function Section({
  section: { id, label, description, requiredRole, Content },
}: {
  readonly section: SettingsSection;
}): ReactElement {
  const reason = useDisabledReason(requiredRole);
  return (
    <Box
      component="section"
      aria-labelledby={`${id}-title`}
      id={id}
      sx={{ scrollMarginTop: SCROLL_MARGIN, mb: 6 }}
    >
      <Box sx={{ pr: { sm: 20 }, mb: 2, minHeight: { sm: 44 } }}>
        <Typography variant="h2" id={`${id}-title`}>
          {label}
        </Typography>
        <Typography sx={{ color: "text.secondary" }}>{description}</Typography>
      </Box>
      {reason === undefined ? (
        <Content />
      ) : (
        <Card>
          <EmptyState
            icon={<ForbiddenIcon fontSize="large" />}
            title="Not for your role"
            description={reason}
          />
        </Card>
      )}
    </Box>
  );
}

function SectionList(): ReactElement {
  return (
    <Box
      component="nav"
      aria-label="Sections"
      sx={{
        position: "sticky",
        top: SCROLL_MARGIN,
        width: 160,
        flexShrink: 0,
        display: { xs: "none", lg: "block" },
      }}
    >
      {SETTINGS_SECTIONS.map(({ id, label }) => (
        <Link
          key={id}
          href={`#${id}`}
          sx={{ display: "block", py: 0.5, color: "text.secondary" }}
        >
          {label}
        </Link>
      ))}
    </Box>
  );
}

/** The sections come after the session, so the browser could not scroll to one by itself. */
function useAnchorOfAddress(): void {
  useEffect(() => {
    const id = window.location.hash.slice(1);
    if (id !== "") {
      document.getElementById(id)?.scrollIntoView();
    }
  }, []);
}

function Settings(): ReactElement {
  useAnchorOfAddress();
  return (
    <>
      <PageHeader
        title="Settings"
        description="Keys, members and facts of this workspace."
      />
      <Box sx={{ display: "flex", alignItems: "flex-start", gap: 5 }}>
        <Box sx={{ flexGrow: 1, minWidth: 0, maxWidth: 820 }}>
          {SETTINGS_SECTIONS.map((section) => (
            <Section key={section.id} section={section} />
          ))}
        </Box>
        <SectionList />
      </Box>
    </>
  );
}

export default function SettingsPage(): ReactElement {
  return (
    <DashboardPage title="Settings">
      <Settings />
    </DashboardPage>
  );
}
