// Indexes that were thought of, measured, and are not made: each with the queries it was meant for. They are measured again in
// every run, in a database of their own that has ours as well, so that the table can say what they would give.

export interface Candidate {
  readonly name: string;
  readonly sql: string;
  /** Names of the reads it was meant for. */
  readonly meantFor: readonly string[];
}

const candidate = (
  on: string,
  columns: string,
  ...meantFor: string[]
): Candidate => {
  const name = `tried ${on} ${columns.replaceAll('"', "")}`.slice(0, 63);
  return {
    name,
    sql: `CREATE INDEX "${name.replaceAll('"', "")}" ON public."${on}" ${columns}`,
    meantFor,
  };
};

export const CANDIDATES: readonly Candidate[] = [
  // A list's order: all of a workspace's rows are answered, and sorting them is the least of it.
  candidate("Segment", '("workspaceId", "createdAt", "id")', "segments"),
  candidate(
    "Segment",
    '("workspaceId", "resourceType", "createdAt")',
    "segments: resource type",
  ),
  candidate(
    "Journey",
    '("workspaceId", "createdAt", "id")',
    "journeys",
    "journeys: partial",
  ),
  candidate(
    "MessageTemplate",
    '("workspaceId", "createdAt", "id")',
    "templates",
  ),
  candidate(
    "MessageTemplate",
    '("workspaceId", "resourceType", "createdAt")',
    "templates: resource type",
  ),
  candidate(
    "UserProperty",
    '("workspaceId", "createdAt", "id")',
    "user properties",
  ),
  // Values inside of JSON: under row-level security no index condition is made of an operator that is not leakproof.
  candidate(
    "UserEvent",
    `("workspaceId", ("properties" ->> 'journeyId'))`,
    "events: journey",
  ),
  candidate(
    "WorkspaceUser",
    `("workspaceId", ("traits" #>> '{plan}'))`,
    "users: property",
    "users: count of a property",
  ),
  candidate(
    "WorkspaceUser",
    `("workspaceId", ("traits" #>> '{email}'), "userId")`,
    "users: by a property",
  ),
  // A part of a name, in either case: likewise; and it is one branch of four.
  candidate(
    "UserEvent",
    '("workspaceId", lower("event") text_pattern_ops)',
    "events: search",
  ),
  // A narrower index to count by than the primary key.
  candidate(
    "UserEvent",
    '("workspaceId", "processingTime")',
    "events",
    "events: last week",
  ),
];
