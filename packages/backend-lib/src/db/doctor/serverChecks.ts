// Checks of the server itself: whether its version is supported, and has the fix that row-level security needs.

import { type Check, type Problem, problemIf } from "./check";
import { type Login } from "./examination";

/**
 * First minor version of each major one that has the fix of CVE-2026-120154: until then INSERT … ON CONFLICT DO UPDATE
 * reads rows that the policies hide. Source: PostgreSQL security announcement of that number.
 */
export const CVE_FLOORS: Readonly<Record<number, number>> = {
  15: 20,
  16: 16,
  17: 12,
  18: 7,
};
const OLDEST = 15;
const NEWEST = 18;
const OWN_CLUSTER = "dittofeed"; // cluster_name of the Postgres that `npm start` brings

/** `180004` → 18 and 4. */
function versionOf(version: number): { major: number; minor: number } {
  return { major: Math.floor(version / 10_000), minor: version % 10_000 };
}

type Server = Pick<Login, "version" | "versionText" | "clusterName">;

function versionProblems({ version, versionText }: Server): Problem[] {
  const { major } = versionOf(version);
  return [
    ...problemIf(major < OLDEST ? [`PostgreSQL ${versionText}`] : [], {
      severity: "failure",
      title: "The server is too old",
      why: `Views bound by their reader's policies and other parts of isolation exist since PostgreSQL ${OLDEST}.`,
      mend: [`Move to PostgreSQL ${NEWEST} (pg_upgrade, or dump and restore).`],
    }),
    ...problemIf(major > NEWEST ? [`PostgreSQL ${versionText}`] : [], {
      severity: "note",
      title: "The server is newer than any that was tested",
      why: `The tests run on PostgreSQL ${OLDEST} to ${NEWEST}.`,
      mend: [
        "Run `yarn test:security` against a server of this version before relying on it.",
      ],
    }),
  ];
}

function cveProblems({ version, versionText, clusterName }: Server): Problem[] {
  const { major, minor } = versionOf(version);
  const floor = CVE_FLOORS[major];
  if (floor === undefined || minor >= floor) {
    return [];
  }
  const isOwn = clusterName === OWN_CLUSTER;
  return [
    {
      severity: "warning",
      title: "The server lacks the fix of CVE-2026-120154",
      what: [
        `PostgreSQL ${versionText}; the fix is in ${major}.${floor}${isOwn ? "; this is the server that `npm start` brings" : ""}`,
      ],
      why: "INSERT … ON CONFLICT DO UPDATE reads rows that the policies hide. The product's own statements cannot be used for it: their conflict keys lead with the workspace, or the row is looked up under the policies first. SQL of others, or an injected statement, can.",
      mend: [
        `Update the server to ${major}.${floor} or newer, and restart it.`,
        ...(isOwn
          ? [
              "For production set DATABASE_URL, DATABASE_SYSTEM_URL and DATABASE_ADMIN_URL to such a server: the one that `npm start` brings is as new as its npm package.",
            ]
          : []),
      ],
    },
  ];
}

const RULES: readonly (Pick<Check, "id" | "title"> & {
  readonly problems: (server: Server) => Problem[];
})[] = [
  {
    id: "server.version",
    title: "The server's major version is supported",
    problems: versionProblems,
  },
  {
    id: "server.cve-2026-120154",
    title: "The server has the fix of CVE-2026-120154",
    problems: cveProblems,
  },
];

/** What is to be said of a server of this version, with the check that says it. */
export function serverProblems(
  server: Server,
): { readonly check: string; readonly problem: Problem }[] {
  return RULES.flatMap(({ id, problems }) =>
    problems(server).map((problem) => ({ check: id, problem })),
  );
}

export const serverChecks: readonly Check[] = RULES.map(
  ({ id, title, problems }) => ({
    id,
    title,
    group: "Server",
    scope: "start",
    needsTables: false,
    run: async ({ reader }) => problems(reader),
  }),
);
