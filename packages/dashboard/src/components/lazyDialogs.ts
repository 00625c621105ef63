/**
 * Dialogs that a page loads when they are first opened, so that its list is there sooner. Their forms and the rules for
 * definitions are a fifth of what such a page would load otherwise.
 */
import dynamic from "next/dynamic";

export const LazyCreateSegmentDialog = dynamic(
  async () =>
    (await import("./segments/createSegmentDialog")).CreateSegmentDialog,
  { ssr: false },
);

export const LazyCreateJourneyDialog = dynamic(
  async () =>
    (await import("./journeys/createJourneyDialog")).CreateJourneyDialog,
  { ssr: false },
);

export const LazyCreateTemplateDialog = dynamic(
  async () =>
    (await import("./templates/createTemplateDialog")).CreateTemplateDialog,
  { ssr: false },
);

export const LazyAddUserDialog = dynamic(
  async () => (await import("./users/addUserDialog")).AddUserDialog,
  { ssr: false },
);

export const LazyAddMemberDialog = dynamic(
  async () => (await import("./settings/addMemberDialog")).AddMemberDialog,
  { ssr: false },
);
