/**
 * The sections of the settings page, in their order. A new one gets its entry here and nothing else changes.
 */
import { type Role } from "isomorphic-lib/src/types";
import { type ComponentType } from "react";

import { AdminApiKeysSection } from "./adminApiKeysSection";
import { GeneralSection } from "./generalSection";
import { MembersSection } from "./membersSection";
import { WriteKeysSection } from "./writeKeysSection";

export interface SettingsSection {
  /** The anchor in the page's address. */
  readonly id: string;
  readonly label: string;
  /** Said below the label. */
  readonly description: string;
  /** Lesser roles see that the section is there, and what it takes to see it. */
  readonly requiredRole: Role;
  /** Draws panels, below the section's heading; only for those with the role. */
  readonly Content: ComponentType;
}

export const SETTINGS_SECTIONS: readonly SettingsSection[] = [
  {
    id: "workspace-metadata",
    label: "General",
    description: "What this workspace is called, here and in requests.",
    requiredRole: "Viewer",
    Content: GeneralSection,
  },
  {
    id: "admin-api-key",
    label: "API keys",
    description:
      "Let programs manage this workspace through /api/admin. Whoever holds one can do everything here.",
    requiredRole: "Admin",
    Content: AdminApiKeysSection,
  },
  {
    id: "write-key",
    label: "Write keys",
    description:
      "Let applications send users and events. They can write, but read nothing, so they may be in the code of a web page.",
    requiredRole: "Admin",
    Content: WriteKeysSection,
  },
  {
    id: "permissions",
    label: "Members",
    description: "Who may sign in to this workspace, and what they may do.",
    requiredRole: "Viewer",
    Content: MembersSection,
  },
];
