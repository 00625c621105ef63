/**
 * The product's name and mark, as a link to the home page.
 */
import Box from "@mui/material/Box";
import Link from "next/link";
import { type ReactElement } from "react";

import { useWorkspaceAddress } from "../../lib/session";

/** The mark alone. Decoration. */
export function Mark({ size = 24 }: { readonly size?: number }): ReactElement {
  return (
    <Box
      component="svg"
      aria-hidden
      viewBox="0 0 24 24"
      sx={{ width: size, height: size, flexShrink: 0, display: "block" }}
    >
      <Box
        component="rect"
        width="24"
        height="24"
        rx="6"
        sx={{ fill: "var(--mui-palette-primary-main)" }}
      />
      <Box
        component="path"
        d="M8 6.8h3.4a5.2 5.2 0 0 1 0 10.4H8Z"
        sx={{
          fill: "none",
          stroke: "var(--mui-palette-primary-contrastText)",
          strokeWidth: 2.2,
          strokeLinejoin: "round",
        }}
      />
    </Box>
  );
}

/** Mark and name; the mark alone on a phone. */
export function Wordmark(): ReactElement {
  const addressOf = useWorkspaceAddress();
  return (
    <Box
      component={Link}
      href={addressOf("/")}
      aria-label="Dittofeed home"
      sx={{
        display: "flex",
        alignItems: "center",
        gap: 1,
        color: "text.primary",
        textDecoration: "none",
        fontWeight: 700,
        letterSpacing: "-0.01em",
        borderRadius: 1,
      }}
    >
      <Mark />
      <Box component="span" sx={{ display: { xs: "none", sm: "inline" } }}>
        Dittofeed
      </Box>
    </Box>
  );
}
