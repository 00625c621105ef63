/**
 * Previous and next, for lists that the server pages.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { type ReactElement } from "react";

interface PagerProps {
  readonly text: string;
  /** Undefined on the first page. */
  readonly onPrevious: (() => void) | undefined;
  /** Undefined on the last page. */
  readonly onNext: (() => void) | undefined;
}

/** Nothing at all when there is a single page. */
export function Pager({
  text,
  onPrevious,
  onNext,
}: PagerProps): ReactElement | null {
  if (onPrevious === undefined && onNext === undefined) {
    return null;
  }
  return (
    <Box
      component="nav"
      aria-label="Pages of the list"
      sx={{
        display: "flex",
        alignItems: "center",
        gap: 1,
        px: 2,
        py: 1,
        borderTop: 1,
        borderColor: "divider",
      }}
    >
      <Typography variant="body2" sx={{ color: "text.secondary", flexGrow: 1 }}>
        {text}
      </Typography>
      <Button
        size="small"
        disabled={onPrevious === undefined}
        onClick={onPrevious}
      >
        Previous
      </Button>
      <Button size="small" disabled={onNext === undefined} onClick={onNext}>
        Next
      </Button>
    </Box>
  );
}
