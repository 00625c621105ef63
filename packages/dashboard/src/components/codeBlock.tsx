/**
 * Code or JSON to read and copy.
 */
import Box from "@mui/material/Box";
import { type ReactElement } from "react";

import { MONOSPACE } from "../theme";
import { CopyButton } from "./copyButton";

interface CodeBlockProps {
  readonly label: string;
  /** What the copy button copies, such as "command". */
  readonly what: string;
  readonly code: string;
  /** Breaks long lines instead of scrolling. */
  readonly isWrapped?: boolean;
}

/** Scrolls by itself, also by keyboard. */
export function CodeBlock({
  label,
  what,
  code,
  isWrapped = false,
}: CodeBlockProps): ReactElement {
  return (
    <Box
      sx={{
        display: "flex",
        alignItems: "flex-start",
        borderRadius: 1,
        border: 1,
        borderColor: "divider",
        bgcolor: "background.default",
      }}
    >
      <Box
        component="pre"
        role="region"
        aria-label={label}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        sx={{
          flexGrow: 1,
          minWidth: 0,
          m: 0,
          p: 2,
          maxHeight: 420,
          overflow: "auto",
          fontFamily: MONOSPACE,
          fontSize: "0.8125rem",
          lineHeight: 1.6,
          ...(isWrapped
            ? { whiteSpace: "pre-wrap", overflowWrap: "anywhere" }
            : {}),
        }}
      >
        <code>{code}</code>
      </Box>
      <Box sx={{ p: 1 }}>
        <CopyButton text={code} what={what} />
      </Box>
    </Box>
  );
}
