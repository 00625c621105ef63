/**
 * The middle of a page or panel that has nothing to list: what would be here, and how to get it here.
 */
import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { type ReactElement, type ReactNode } from "react";

interface EmptyStateProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly description: ReactNode;
  readonly action?: ReactNode;
  readonly role?: "alert" | "status";
}

/** Explains an absence in a few words, with the next step below. */
export function EmptyState({
  icon,
  title,
  description,
  action,
  role,
}: EmptyStateProps): ReactElement {
  return (
    <Box
      role={role}
      sx={{
        display: "flex",
        flexDirection: "column",
        alignItems: "center",
        textAlign: "center",
        px: 3,
        py: { xs: 5, sm: 7 },
      }}
    >
      <Box
        aria-hidden
        sx={{ color: "text.secondary", mb: 1.5, display: "flex" }}
      >
        {icon}
      </Box>
      <Typography variant="h2" component="h2">
        {title}
      </Typography>
      <Typography
        component="div"
        sx={{
          color: "text.secondary",
          mt: 0.75,
          maxWidth: 480,
          overflowWrap: "anywhere",
        }}
      >
        {description}
      </Typography>
      {action !== undefined && <Box sx={{ mt: 2.5 }}>{action}</Box>}
    </Box>
  );
}
