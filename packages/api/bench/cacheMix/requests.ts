// The requests of the mix, as they are drawn: a workspace by Zipf's law, 95 in 100 to read a list or one of it, 5 to change
// something. A seed gives the same requests to every variant.

import { zipf } from "backend-lib/bench/cache/workload";
import { seeded } from "backend-lib/bench/seeded";

import {
  COUNTS,
  definitions,
  headersOf,
  idOf,
  nameOf,
  type Resource,
} from "./data";

const READS = 0.95;

export interface Asked {
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Draw = () => number;

const PATHS: Readonly<Record<Resource, string>> = {
  segments: "/segments",
  journeys: "/journeys",
  templates: "/content/templates",
  userProperties: "/user-properties",
  subscriptionGroups: "/subscription-groups",
};
/** Of these one can be asked for by its id. */
const BY_ID = ["segments", "journeys", "templates"] as const;
const LISTS = [
  ...Object.values(PATHS),
  "/segments?resourceType=Declarative",
  "/journeys?getPartial=true",
  "/settings/write-keys",
  "/settings/data-sources",
];

function pick<T>(from: readonly [T, ...T[]] | readonly T[], draw: Draw): T {
  const found = from[Math.floor(draw() * from.length)];
  if (found === undefined) {
    throw new Error("There is nothing to pick from.");
  }
  return found;
}

/** One read in three is of a single one. */
function readPath(workspace: number, draw: Draw): string {
  if (draw() < 2 / 3) {
    return pick(LISTS, draw);
  }
  const resource = pick(BY_ID, draw);
  const k = 1 + Math.floor(draw() * COUNTS[resource]);
  return `${PATHS[resource]}?ids=${idOf(resource, workspace, k)}`;
}

function change(workspace: number, draw: Draw): Pick<Asked, "path" | "body"> {
  const resources: readonly Resource[] = [
    "segments",
    "journeys",
    "templates",
    "userProperties",
    "subscriptionGroups",
  ];
  const resource = pick(resources, draw);
  const k = 1 + Math.floor(draw() * COUNTS[resource]);
  const text = `value ${Math.floor(draw() * 1e6)}`;
  const fields =
    resource === "subscriptionGroups"
      ? { channel: "Email", type: draw() < 0.5 ? "OptIn" : "OptOut" }
      : { definition: definitions[resource](text) };
  return {
    path: PATHS[resource],
    body: JSON.stringify({
      id: idOf(resource, workspace, k),
      name: nameOf(resource, k),
      ...fields,
    }),
  };
}

/** So many requests to so many workspaces. */
export function requests(
  count: number,
  workspaces: number,
  seed: number,
): readonly Asked[] {
  const draw = seeded(seed);
  const workspaceOf = zipf(workspaces);
  return Array.from({ length: count }, (): Asked => {
    const workspace = workspaceOf(draw);
    const headers = headersOf(workspace);
    if (draw() < READS) {
      return { method: "GET", path: readPath(workspace, draw), headers };
    }
    return {
      method: "PUT",
      ...change(workspace, draw),
      headers: { ...headers, "content-type": "application/json" },
    };
  });
}
