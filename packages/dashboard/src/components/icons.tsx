/**
 * The icons, drawn as lines on a 24-pixel grid. Each is decoration: whoever uses one alone gives the button its label.
 */
import SvgIcon, { type SvgIconProps } from "@mui/material/SvgIcon";
import { type ReactElement } from "react";

type Icon = (props: SvgIconProps) => ReactElement;

function lineIcon(path: string): Icon {
  function LineIcon(props: SvgIconProps): ReactElement {
    return (
      <SvgIcon fontSize="small" {...props}>
        <path
          d={path}
          fill="none"
          stroke="currentColor"
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeWidth={1.7}
        />
      </SvgIcon>
    );
  }
  return LineIcon;
}

export const HomeIcon = lineIcon(
  "M4 11 12 4.5 20 11M6 9.5V19.5h12V9.5M10 19.5v-5.5h4v5.5",
);
export const SegmentIcon = lineIcon(
  "M12 3.5v8.5h8.5A8.5 8.5 0 1 1 12 3.5ZM16 3.9A8.5 8.5 0 0 1 20.1 8H16Z",
);
export const JourneyIcon = lineIcon(
  "M8 6h6.5a3 3 0 0 1 0 6h-5a3 3 0 0 0 0 6H16M8 6a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM20 18a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
);
export const TemplateIcon = lineIcon("M4 6.5h16v11H4ZM4 7l8 6 8-6");
export const UserIcon = lineIcon(
  "M15.5 8a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0ZM5 19.5c.6-3.6 3.3-5.5 7-5.5s6.4 1.9 7 5.5",
);
export const EventIcon = lineIcon("M3.5 12.500h4l2.5-7 4 13 2.5-6h4");
export const SettingsIcon = lineIcon(
  "M4 7h9M17 7h3M4 17h3M11 17h9M17 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM11 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
);
export const SearchIcon = lineIcon(
  "M17 11a6 6 0 1 1-12 0 6 6 0 0 1 12 0ZM15.5 15.5 20 20",
);
export const AddIcon = lineIcon("M12 5v14M5 12h14");
export const DeleteIcon = lineIcon(
  "M5 7h14M9.5 7V4.500h5V7M7 7l.8 12.500h8.400L17 7M10.5 10.500v5.500M13.5 10.500v5.5",
);
export function MoreIcon(props: SvgIconProps): ReactElement {
  return (
    <SvgIcon fontSize="small" {...props}>
      <circle cx="12" cy="5.5" r="1.6" />
      <circle cx="12" cy="12" r="1.6" />
      <circle cx="12" cy="18.5" r="1.6" />
    </SvgIcon>
  );
}
export const CopyIcon = lineIcon("M9 9h10.500v10.500H9ZM15 9V4.500H4.500V15H9");
export const CheckIcon = lineIcon("M5 12.5 10 17.5 19.5 7");
export const MenuIcon = lineIcon("M4 7h16M4 12h16M4 17h16");
export const CloseIcon = lineIcon("M6 6l12 12M18 6 6 18");
export const SunIcon = lineIcon(
  "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.400M18.4 5.6 17 7M7 17l-1.4 1.4",
);
export const MoonIcon = lineIcon(
  "M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10Z",
);
export const SystemIcon = lineIcon("M4 5h16v10.500H4ZM9 19.500h6M12 15.500v4");
export const SwitchIcon = lineIcon("M8 9.5 12 5.500l4 4M8 14.500l4 4 4-4");
export const ReloadIcon = lineIcon(
  "M19 5v4.500h-4.500M18.6 9.500a7 7 0 1 0 .4 3.5",
);
export const OfflineIcon = lineIcon(
  "M4 4l16 16M5 10.500a11 11 0 0 1 4-2.300M12.5 7.500A11 11 0 0 1 19 10.500M8 14a6.5 6.5 0 0 1 4.5-2M12 18v.01",
);
export const WarningIcon = lineIcon("M12 4.5 3.5 19h17ZM12 10v4M12 16.500v.01");
export const ForbiddenIcon = lineIcon(
  "M6 11h12v8.500H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.500v1.5",
);
export const CodeIcon = lineIcon("M8.5 7 4 12l4.5 5M15.5 7 20 12l-4.5 5");
export const ExternalIcon = lineIcon("M10 5H5v14h14v-5M14 5h5v5M19 5l-8.5 8.5");
export const KeyIcon = lineIcon(
  "M11 15a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0ZM10 12.5 18.5 4M15 7.500l3 3",
);
