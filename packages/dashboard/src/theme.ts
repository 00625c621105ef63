/**
 * The look: one theme with a light and a dark scheme as CSS variables, so that the exported HTML fits both and a switch
 * repaints nothing but colours. Spacing, density and the shape of components are decided here, not page by page.
 */
import { createTheme } from "@mui/material/styles";
import type {} from "@mui/material/themeCssVarsAugmentation";

const SANS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

/** For ids, keys, code: the same stack wherever text must line up. */
export const MONOSPACE =
  'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';

/** Width of the navigation beside the page, in pixels. */
export const NAVIGATION_WIDTH = 232;

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: "data" },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: "#3b4cca", dark: "#2e3ca6", contrastText: "#ffffff" },
        success: { main: "#1a7f4b" },
        warning: { main: "#9a5b00" },
        error: { main: "#c4291c" },
        info: { main: "#0b6b8f" },
        background: { default: "#f6f7f9", paper: "#ffffff" },
        text: { primary: "#171b26", secondary: "#565f73" },
        divider: "#e2e6ec",
      },
    },
    dark: {
      palette: {
        primary: { main: "#a3aeff", dark: "#8592f5", contrastText: "#10142b" },
        success: { main: "#6fd09a" },
        warning: { main: "#f0b35b" },
        error: { main: "#ff8f84" },
        info: { main: "#74c7e6" },
        background: { default: "#0e1117", paper: "#151922" },
        text: { primary: "#e9ecf2", secondary: "#9ea8ba" },
        divider: "#2a303d",
      },
    },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: SANS,
    fontSize: 14,
    h1: {
      fontSize: "1.5rem",
      fontWeight: 650,
      letterSpacing: "-0.015em",
      lineHeight: 1.3,
    },
    h2: {
      fontSize: "1.0625rem",
      fontWeight: 650,
      letterSpacing: "-0.005em",
      lineHeight: 1.4,
    },
    h3: { fontSize: "0.9375rem", fontWeight: 600, lineHeight: 1.4 },
    body1: { fontSize: "0.875rem", lineHeight: 1.55 },
    body2: { fontSize: "0.8125rem", lineHeight: 1.5 },
    button: { textTransform: "none", fontWeight: 600 },
    overline: {
      fontSize: "0.6875rem",
      fontWeight: 600,
      letterSpacing: "0.06em",
      lineHeight: 1.6,
    },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        body: { overflowY: "scroll" },
        "code, pre": { fontFamily: MONOSPACE },
        "@media (prefers-reduced-motion: reduce)": {
          "*, *::before, *::after": {
            animationDuration: "0.01ms !important",
            animationIterationCount: "1 !important",
            transitionDuration: "0.01ms !important",
          },
        },
      },
    },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: { root: { whiteSpace: "nowrap" } },
    },
    MuiButtonBase: {
      styleOverrides: {
        root: ({ theme: current }) => ({
          "&:focus-visible": {
            outline: `2px solid ${current.vars.palette.primary.main}`,
            outlineOffset: 2,
          },
        }),
      },
    },
    MuiIconButton: {
      styleOverrides: {
        root: ({ theme: current }) => ({
          "&:not([class*='color'])": {
            color: current.vars.palette.text.secondary,
          },
        }),
      },
    },
    MuiPaper: {
      defaultProps: { elevation: 0 },
      styleOverrides: { root: { backgroundImage: "none" } },
    },
    MuiCard: { defaultProps: { variant: "outlined" } },
    MuiTextField: { defaultProps: { size: "small", fullWidth: true } },
    MuiFormControl: { defaultProps: { size: "small" } },
    MuiTableCell: {
      styleOverrides: {
        root: ({ theme: current }) => ({
          borderColor: current.vars.palette.divider,
          padding: "10px 16px",
          [current.breakpoints.down("sm")]: {
            paddingLeft: 12,
            paddingRight: 12,
          },
        }),
        head: ({ theme: current }) => ({
          color: current.vars.palette.text.secondary,
          fontSize: "0.75rem",
          fontWeight: 600,
          lineHeight: 1.5,
          paddingTop: 8,
          paddingBottom: 8,
          whiteSpace: "nowrap",
        }),
      },
    },
    MuiChip: { styleOverrides: { root: { fontWeight: 500, borderRadius: 6 } } },
    MuiTooltip: { defaultProps: { arrow: true, enterDelay: 300 } },
    MuiDialog: { defaultProps: { fullWidth: true } },
    MuiDialogTitle: {
      styleOverrides: {
        root: { fontSize: "1.0625rem", fontWeight: 650, paddingBottom: 8 },
      },
    },
    MuiDialogActions: {
      styleOverrides: { root: { padding: "12px 24px 20px" } },
    },
    MuiAlert: { styleOverrides: { root: { alignItems: "flex-start" } } },
    MuiLink: { defaultProps: { underline: "hover" } },
  },
});
