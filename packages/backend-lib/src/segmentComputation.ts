// Who belongs to a segment by its definition, asked of the users as they are now. Owns the meaning of the nodes that look at
// traits, subscriptions, lists and chance; leaves those that look at events, or at how long something has been so, which
// need a computation of their own. Writes through segmentAssignments.ts' table.

import { type SQL, sql } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  type SegmentDefinition,
  type SegmentNode,
  type SegmentOperator,
} from "isomorphic-lib/src/types";

import { type Transaction } from "./db";
import { propertyValue } from "./users";

/** One statement tests no more nodes than this; a node that several others name counts as often as it is named. */
const MAX_NODES = 2_000;

interface Reading {
  readonly workspaceId: string;
  readonly segmentId: string;
  readonly nodes: ReadonlyMap<string, SegmentNode>;
  /** Counts the nodes read so far, this one included. */
  readonly count: () => number;
}

const NEVER = sql`false`;

/** Of a trait as jsonb, NULL when there is none; undefined when this cannot be told from the trait as it is now. */
function compares(value: SQL, operator: SegmentOperator): SQL | undefined {
  const equals = (to: string | number) =>
    typeof to === "number"
      ? sql`coalesce(${value} = to_jsonb(${to}::numeric), false)`
      : sql`coalesce(${value} #>> '{}' = ${to}::text, false)`;
  const exists = sql`(coalesce(${value} #>> '{}', '') <> '')`;
  const asNumber = sql`CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${value})::numeric END`;
  switch (operator.type) {
    case "Equals":
      return equals(operator.value);
    case "NotEquals":
      return sql`NOT ${equals(operator.value)}`;
    case "Exists":
      return exists;
    case "NotExists":
      return sql`NOT ${exists}`;
    case "GreaterThanOrEqual":
      return sql`coalesce(${asNumber} >= ${operator.value}::numeric, false)`;
    case "LessThan":
      return sql`coalesce(${asNumber} < ${operator.value}::numeric, false)`;
    case "Within":
    case "HasBeen":
    case "AbsoluteTimestamp":
      return undefined;
  }
}

/** Whether the user `u` is subscribed to the group, or has left it; of a group that is none, neither. */
function isSubscribed(
  { workspaceId }: Reading,
  groupId: string,
  wanted: SQL,
): SQL {
  if (!isUuid(groupId)) {
    return NEVER;
  }
  return sql`coalesce((
    SELECT ${wanted} FROM public."SubscriptionGroup" AS asked
    LEFT JOIN public."Segment" AS kept ON kept."workspaceId" = asked."workspaceId"
      AND kept."subscriptionGroupId" = asked."id" AND kept."name" = 'subscriptionGroup-' || asked."id"
    LEFT JOIN public."SegmentAssignment" AS choice ON choice."workspaceId" = asked."workspaceId"
      AND choice."segmentId" = kept."id" AND choice."userId" = u."userId"
    WHERE asked."workspaceId" = ${workspaceId}::uuid AND asked."id" = ${groupId}::uuid), false)`;
}

const trait = ({ workspaceId }: Reading, path: string) =>
  propertyValue({ type: "Trait", path }, workspaceId) ?? sql`NULL::jsonb`;

/** All of the children's conditions; undefined when one of them has none. */
function conditionsOf(
  reading: Reading,
  children: readonly string[],
): SQL[] | undefined {
  const found = children.map((id) => {
    const child = reading.nodes.get(id);
    return child === undefined ? undefined : conditionOf(reading, child);
  });
  const known = found.filter((each) => each !== undefined);
  return known.length === found.length ? known : undefined;
}

function joined(
  conditions: readonly SQL[] | undefined,
  by: SQL,
): SQL | undefined {
  if (conditions?.length === 0) {
    return NEVER;
  }
  return conditions && sql`(${sql.join([...conditions], by)})`;
}

/** Over a row `u` of "WorkspaceUser"; undefined for what is not computed here. */
function conditionOf(reading: Reading, node: SegmentNode): SQL | undefined {
  if (reading.count() > MAX_NODES) {
    return undefined;
  }
  switch (node.type) {
    case "Trait":
      return compares(trait(reading, node.path), node.operator);
    case "And":
      return joined(conditionsOf(reading, node.children), sql` AND `);
    case "Or":
      return joined(conditionsOf(reading, node.children), sql` OR `);
    case "SubscriptionGroup":
      return isSubscribed(
        reading,
        node.subscriptionGroupId,
        sql`coalesce(choice."inSegment", asked."type" = 'OptOut')`,
      );
    case "SubscriptionGroupUnsubscribed":
      return isSubscribed(
        reading,
        node.subscriptionGroupId,
        sql`choice."inSegment" IS FALSE`,
      );
    case "Includes": {
      const list = trait(reading, node.path);
      return sql`CASE WHEN jsonb_typeof(${list}) = 'array' THEN jsonb_exists(${list}, ${node.item}::text) ELSE false END`;
    }
    case "RandomBucket":
      // The same users whenever it is asked, and others in another segment.
      return sql`('x' || substr(md5(${reading.segmentId}::text || u."userId"), 1, 8))::bit(32)::bigint < ${node.percent}::numeric * 4294967296`;
    case "Everyone":
      return sql`true`;
    case "Manual":
    case "Performed":
    case "LastPerformed":
    case "KeyedPerformed":
    case "Email":
    case "Broadcast":
      return undefined;
  }
}

interface KnownSegment {
  readonly workspaceId: string;
  readonly id: string;
  readonly definition: SegmentDefinition;
}

function membership({ workspaceId, id, definition }: KnownSegment) {
  let read = 0;
  return conditionOf(
    {
      workspaceId,
      segmentId: id,
      nodes: new Map(definition.nodes.map((node) => [node.id, node])),
      count: () => {
        read += 1;
        return read;
      },
    },
    definition.entryNode,
  );
}

/** Whether computeSegment() can tell who belongs. */
export const isComputable = (segment: KnownSegment): boolean =>
  membership(segment) !== undefined;

/**
 * Writes down who belongs to the segment now, and who of those that did does not any more. One statement over all users.
 * False, and nothing is changed, when the definition is none that is computed here.
 */
export async function computeSegment(
  tx: Transaction,
  segment: KnownSegment,
): Promise<boolean> {
  const belongs = membership(segment);
  if (belongs === undefined) {
    return false;
  }
  const { workspaceId, id } = segment;
  await tx.execute(sql`
    INSERT INTO public."SegmentAssignment" ("workspaceId", "userId", "segmentId", "inSegment")
    SELECT ${workspaceId}::uuid, found."userId", ${id}::uuid, found."belongs"
      FROM (SELECT u."userId", ${belongs} AS "belongs" FROM public."WorkspaceUser" AS u
             WHERE u."workspaceId" = ${workspaceId}::uuid) AS found
     WHERE found."belongs" OR EXISTS (
       SELECT 1 FROM public."SegmentAssignment" AS former
        WHERE former."workspaceId" = ${workspaceId}::uuid AND former."segmentId" = ${id}::uuid
          AND former."userId" = found."userId")
     ORDER BY found."userId"
    ON CONFLICT ("workspaceId", "userId", "segmentId") DO UPDATE SET "inSegment" = excluded."inSegment"
     WHERE "SegmentAssignment"."inSegment" <> excluded."inSegment"`);
  return true;
}
