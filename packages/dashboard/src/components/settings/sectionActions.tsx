/**
 * The buttons of a settings section, above its content at the right.
 */
import Box from "@mui/material/Box";
import { type ReactElement, type ReactNode } from "react";

/** Takes no room without a button. */
export function SectionActions({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Box
      sx={{
        display: "flex",
        gap: 1,
        justifyContent: { sm: "flex-end" },
        mt: { sm: -6 },
        mb: 2,
        minHeight: { sm: 32 },
        "&:empty": { mb: { xs: 0, sm: 2 } },
      }}
    >
      {children}
    </Box>
  );
}
