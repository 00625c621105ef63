/**
 * A titled box on a page.
 */
import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import Typography from "@mui/material/Typography";
import { type ReactElement, type ReactNode, useId } from "react";

interface PanelProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Stands opposite of the title. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
  /** For content that brings its own edges, such as a table. */
  readonly isFlush?: boolean;
}

/** A region named by its title. */
export function Panel(props: PanelProps): ReactElement {
  const { title, description, action, children, isFlush = false } = props;
  const titleId = useId();
  return (
    <Card component="section" aria-labelledby={titleId}>
      <Box
        sx={{
          display: "flex",
          flexWrap: "wrap",
          alignItems: "flex-start",
          justifyContent: "space-between",
          gap: 1.5,
          px: { xs: 2, sm: 3 },
          pt: 2.5,
          pb: 2,
        }}
      >
        <Box sx={{ flex: "1 1 160px", minWidth: 0 }}>
          <Typography variant="h2" id={titleId}>
            {title}
          </Typography>
          {description !== undefined && (
            <Typography
              component="div"
              sx={{ color: "text.secondary", mt: 0.25, maxWidth: 640 }}
            >
              {description}
            </Typography>
          )}
        </Box>
        {action}
      </Box>
      <Box sx={isFlush ? {} : { px: { xs: 2, sm: 3 }, pb: 3 }}>{children}</Box>
    </Card>
  );
}
