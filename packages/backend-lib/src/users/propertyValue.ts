// The value that a user property has for a user, as SQL over a row `u` of "WorkspaceUser": reading, filtering and sorting
// use the same expression, so they cannot disagree. Traits are read from the user, events from the newest thousand.
// Leaves PerformedMany, KeyedPerformed and File, which need a computation of their own: they have no value here.

import { and, type SQL, sql } from "drizzle-orm";
import {
  type GroupUserProperty,
  type PerformedUserProperty,
  type UserPropertyDefinition,
} from "isomorphic-lib/src/types";

import { parsePropertyPath } from "./propertyPath";

/** How many of a user's newest events are looked through, so that one busy user cannot hold up a page. */
const EVENTS_LOOKED_AT = 1000;

/** How many traits could be read in the time in which one value is looked for in events. */
const EVENTS_WEIGHT = 10;

/** What is at the path, as jsonb; undefined when the path leads nowhere. JSON null counts as nothing. */
function at(container: SQL, path: string): SQL | undefined {
  const steps = parsePropertyPath(path);
  if (steps === null) {
    return undefined;
  }
  const nested = sql`${container} #> ${sql.param(steps)}::text[]`;
  // A trait may be called "address.city" as a whole, too.
  const value =
    steps.length === 1
      ? nested
      : sql`coalesce(${container} -> ${path}::text, ${nested})`;
  return sql`nullif(${value}, 'null'::jsonb)`;
}

const newestEvents = (workspaceId: string) => sql`(
  SELECT event.* FROM public."UserEvent" AS event
  WHERE event."workspaceId" = ${workspaceId}::uuid AND event."userOrAnonymousId" = u."userId"
  ORDER BY event."processingTime" DESC, event."position" DESC LIMIT ${EVENTS_LOOKED_AT})`;

function anonymousId(workspaceId: string): SQL {
  return sql`to_jsonb(CASE WHEN u."isAnonymous" THEN u."userId" ELSE (
    SELECT newest."anonymousId" FROM ${newestEvents(workspaceId)} AS newest
    WHERE newest."anonymousId" IS NOT NULL
    ORDER BY newest."processingTime" DESC, newest."position" DESC LIMIT 1) END)`;
}

function performed(
  { event, path, properties = [] }: PerformedUserProperty,
  workspaceId: string,
): SQL | undefined {
  const container = sql`newest."properties"`;
  const value = at(container, path);
  const conditions = properties.map(({ path: where, operator }) => {
    const found = at(container, where);
    if (found === undefined) {
      return sql`false`;
    }
    return typeof operator.value === "number"
      ? sql`${found} = to_jsonb(${operator.value}::numeric)`
      : sql`${found} #>> '{}' = ${operator.value}`;
  });
  const isNamed = event.endsWith("*")
    ? sql`starts_with(newest."event", ${event.slice(0, -1)})`
    : sql`newest."event" = ${event}`;
  return value === undefined
    ? undefined
    : sql`(SELECT ${value} FROM ${newestEvents(workspaceId)} AS newest
        WHERE ${and(sql`newest."eventType" = 'track'`, isNamed, ...conditions)}
        ORDER BY newest."processingTime" DESC, newest."position" DESC LIMIT 1)`;
}

/** The first value among the children of the entry, children of children included; each node is visited once. */
function firstOf(
  group: GroupUserProperty,
  workspaceId: string,
): SQL | undefined {
  const nodes = new Map(group.nodes.map((node) => [node.id, node]));
  const visited = new Set<string>();
  const values = (id: string): SQL[] => {
    const node = nodes.get(id);
    if (node === undefined || visited.has(id)) {
      return [];
    }
    visited.add(id);
    if (node.type === "AnyOf") {
      return node.children.flatMap(values);
    }
    const value = propertyValue(node, workspaceId);
    return value === undefined ? [] : [value];
  };
  const found = values(group.entry);
  return found.length === 0
    ? undefined
    : sql`coalesce(${sql.join(found, sql`, `)})`;
}

/**
 * What reading the definition's value costs: the statement's length and the time it takes grow with it. A node is 1, one
 * that looks through events EVENTS_WEIGHT more and 1 for each of its conditions.
 */
export function weightOf(definition: UserPropertyDefinition): number {
  switch (definition.type) {
    case "AnonymousId":
      return 1 + EVENTS_WEIGHT;
    case "Performed":
      return 1 + EVENTS_WEIGHT + (definition.properties ?? []).length;
    case "Group":
      return definition.nodes.reduce(
        (sum, node) => sum + (node.type === "Performed" ? weightOf(node) : 1),
        1,
      );
    default:
      return 1;
  }
}

/** The property's value for the user `u`, as jsonb, NULL when there is none; undefined when no user ever has one. */
export function propertyValue(
  definition: UserPropertyDefinition,
  workspaceId: string,
): SQL | undefined {
  switch (definition.type) {
    case "Id":
      return sql`to_jsonb(u."userId")`;
    case "AnonymousId":
      return anonymousId(workspaceId);
    case "Trait":
      return at(sql`u."traits"`, definition.path);
    case "Performed":
      return performed(definition, workspaceId);
    case "Group":
      return firstOf(definition, workspaceId);
    case "PerformedMany":
    case "KeyedPerformed":
    case "File":
      return undefined;
  }
}

/** True for users whose value, written as text, is one of `values`; a text also when it is given in JSON's quotes. */
export function hasOneOf(
  value: SQL | undefined,
  values: readonly string[],
): SQL {
  return value === undefined
    ? sql`false`
    : sql`(SELECT ARRAY[it.value #>> '{}', it.value::text] && ${sql.param(values)}::text[]
        FROM (SELECT ${value} AS value OFFSET 0) AS it)`;
}
