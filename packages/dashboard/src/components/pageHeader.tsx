/**
 * The top of every page: its name, what it is for in one line, and its main action.
 */
import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { type ReactElement, type ReactNode } from "react";

interface PageHeaderProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly action?: ReactNode;
}

/** Holds the page's only h1. */
export function PageHeader({
  title,
  description,
  action,
}: PageHeaderProps): ReactElement {
  return (
    <Box
      sx={{
        display: "flex",
        flexWrap: "wrap",
        alignItems: "flex-start",
        justifyContent: "space-between",
        columnGap: 3,
        rowGap: 1.5,
        mb: 3,
      }}
    >
      <Box sx={{ minWidth: 0, flex: "1 1 280px" }}>
        <Typography variant="h1" sx={{ overflowWrap: "anywhere" }}>
          {title}
        </Typography>
        {description !== undefined && (
          <Typography sx={{ color: "text.secondary", mt: 0.5, maxWidth: 640 }}>
            {description}
          </Typography>
        )}
      </Box>
      {action}
    </Box>
  );
}
