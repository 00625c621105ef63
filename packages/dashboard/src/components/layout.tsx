/**
 * The frame of every page: header, navigation beside it (or over it on a narrow screen), the page in the middle.
 * It is part of the exported HTML, so a page has its frame before any data arrives.
 */
import AppBar from "@mui/material/AppBar";
import Box from "@mui/material/Box";
import Drawer from "@mui/material/Drawer";
import IconButton from "@mui/material/IconButton";
import Toolbar from "@mui/material/Toolbar";
import { useRouter } from "next/router";
import { type ReactElement, type ReactNode, useEffect, useState } from "react";

import { NAVIGATION_WIDTH } from "../theme";
import { MenuIcon } from "./icons";
import { ColorModeMenu } from "./layout/colorModeMenu";
import { Navigation } from "./layout/navigation";
import { ProfileMenu } from "./layout/profileMenu";
import { Wordmark } from "./layout/wordmark";
import { WorkspaceSwitcher } from "./layout/workspaceSwitcher";
import { OfflineNotice } from "./offlineNotice";

const HEADER_HEIGHT = 56;
const CONTENT_ID = "page";

function SkipLink(): ReactElement {
  return (
    <Box
      component="a"
      href={`#${CONTENT_ID}`}
      sx={{
        position: "fixed",
        top: 8,
        left: 8,
        zIndex: "tooltip",
        px: 2,
        py: 1,
        borderRadius: 1,
        bgcolor: "primary.main",
        color: "primary.contrastText",
        transform: "translateY(-200%)",
        "&:focus": { transform: "none" },
      }}
    >
      Skip to the page
    </Box>
  );
}

function Header({ onMenu }: { readonly onMenu: () => void }): ReactElement {
  return (
    <AppBar
      position="sticky"
      elevation={0}
      color="transparent"
      sx={{
        bgcolor: "background.paper",
        borderBottom: 1,
        borderColor: "divider",
        zIndex: (current) => current.zIndex.drawer + 1,
      }}
    >
      <Toolbar
        variant="dense"
        sx={{ minHeight: HEADER_HEIGHT, gap: 1, px: { xs: 1, sm: 2 } }}
      >
        <IconButton
          aria-label="Open the menu"
          onClick={onMenu}
          sx={{ display: { md: "none" } }}
        >
          <MenuIcon />
        </IconButton>
        <Wordmark />
        <Box
          aria-hidden
          sx={{
            color: "divider",
            fontSize: "1.25rem",
            fontWeight: 300,
            mx: 0.5,
            display: { xs: "none", sm: "block" },
          }}
        >
          /
        </Box>
        <Box sx={{ minWidth: 0, flexGrow: 1, display: "flex" }}>
          <WorkspaceSwitcher />
        </Box>
        <ColorModeMenu />
        <ProfileMenu />
      </Toolbar>
    </AppBar>
  );
}

function SideNavigation(): ReactElement {
  return (
    <Box
      sx={{
        display: { xs: "none", md: "block" },
        width: NAVIGATION_WIDTH,
        flexShrink: 0,
        position: "sticky",
        top: HEADER_HEIGHT,
        height: `calc(100vh - ${HEADER_HEIGHT}px)`,
        overflowY: "auto",
        borderRight: 1,
        borderColor: "divider",
        bgcolor: "background.paper",
      }}
    >
      <Navigation />
    </Box>
  );
}

/** Frames a page. The menu over the page closes whenever another page opens. */
export function Layout({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const { events } = useRouter();
  useEffect(() => {
    const close = (): void => setIsMenuOpen(false);
    events.on("routeChangeComplete", close);
    return () => events.off("routeChangeComplete", close);
  }, [events]);
  return (
    <>
      <SkipLink />
      <Header onMenu={() => setIsMenuOpen(true)} />
      <Drawer
        open={isMenuOpen}
        onClose={() => setIsMenuOpen(false)}
        sx={{ display: { md: "none" } }}
        slotProps={{
          paper: {
            sx: { width: NAVIGATION_WIDTH + 24, pt: `${HEADER_HEIGHT}px` },
          },
        }}
      >
        <Navigation />
      </Drawer>
      <Box sx={{ display: "flex", alignItems: "flex-start" }}>
        <SideNavigation />
        <Box
          component="main"
          id={CONTENT_ID}
          tabIndex={-1}
          sx={{ flexGrow: 1, minWidth: 0, outline: "none" }}
        >
          <OfflineNotice />
          <Box
            sx={{
              maxWidth: 1160,
              mx: "auto",
              px: { xs: 2, sm: 3, lg: 4 },
              pt: { xs: 2.5, sm: 4 },
              pb: 8,
            }}
          >
            {children}
          </Box>
        </Box>
      </Box>
    </>
  );
}
