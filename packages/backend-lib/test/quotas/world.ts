// The workspaces that the stress runs in. Ids are fixed, so that processes agree on them without talking, and a workspace that
// one deletes is made again by another.

const id = (kind: number, at: number) =>
  `00000000-0000-4000-8000-${String(kind * 1_000_000 + at).padStart(12, "0")}`;

/** Always there. */
export const PLAIN = Array.from({ length: 12 }, (_, at) => id(1, at));
/** Give their children a pool. */
export const PARENTS = [0, 1].map((at) => id(2, at));
/** Change their parent, or have none. */
export const CHILDREN = [0, 1, 2, 3].map((at) => id(3, at));
/** Deleted and made again, with a parent or without. */
export const MORTAL = [0, 1].map((at) => id(4, at));

/** Where things are made. */
export const ALL = [...PLAIN, ...CHILDREN, ...MORTAL];

/** About what a limit is, so that it is met often. */
export const LIMITS = {
  users: 120,
  segments: 40,
  subscriptionGroups: 8,
  messages: 400,
  storage: 12_000,
} as const;
export type Limited = keyof typeof LIMITS;
export const LIMITED: readonly Limited[] = [
  "users",
  "segments",
  "subscriptionGroups",
  "messages",
  "storage",
];

export const INSERT_WORKSPACE = `
  INSERT INTO public."Workspace" ("id", "name", "type", "status", "parentWorkspaceId", "updatedAt")
  VALUES ($1::uuid, $1::uuid::text, CASE WHEN $2::uuid IS NULL THEN 'Root' ELSE 'Child' END::public."WorkspaceType", 'Active', $2::uuid, now())
  ON CONFLICT DO NOTHING`;

export const SET_LIMIT = `
  INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, $3, $4)
  ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount", "updatedAt" = now()`;
