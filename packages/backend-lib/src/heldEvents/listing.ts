// Held events as an admin sees them, page by page, and their figures. Owns the order and the way from a row to the wire.

import { and, asc, eq, gt } from "drizzle-orm";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  DEFAULT_HELD_EVENTS_PAGE_SIZE,
  type GetHeldEventsRequest,
  type GetHeldEventsResponse,
  type HeldEventFigures,
  type HeldEventResource,
  type InWorkspace,
  QuotaResourceType,
} from "isomorphic-lib/src/types";

import { config } from "../config";
import { db } from "../db";
import { heldEvent, heldEventFigures } from "../db/schema";

const textOf = (value: unknown) => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown) =>
  typeof value === "string" ? value : null;

function toHeldEventResource({
  event,
  ...row
}: typeof heldEvent.$inferSelect): HeldEventResource[] {
  const resourceType = schemaValidate(row.resourceType, QuotaResourceType);
  if (resourceType.isErr()) {
    return []; // of a newer release
  }
  return [
    {
      id: row.id,
      messageId: row.messageId,
      userOrAnonymousId: row.userOrAnonymousId,
      resourceType: resourceType.value,
      receivedAt: row.receivedAt.toISOString(),
      eventType: textOf(event.eventType),
      event: textOf(event.event),
      userId: textOrNull(event.userId),
      anonymousId: textOrNull(event.anonymousId),
      eventTime: textOf(event.eventTime),
      traits: JSON.stringify(event.properties ?? {}),
    },
  ];
}

/** A page of them, those that wait the longest first. */
export async function findHeldEvents({
  workspaceId,
  userId,
  resourceType,
  cursor,
  limit = DEFAULT_HELD_EVENTS_PAGE_SIZE,
}: InWorkspace<GetHeldEventsRequest>): Promise<
  Pick<GetHeldEventsResponse, "events" | "nextCursor">
> {
  const rows = await db()
    .select()
    .from(heldEvent)
    .where(
      and(
        eq(heldEvent.workspaceId, workspaceId),
        userId === undefined
          ? undefined
          : eq(heldEvent.userOrAnonymousId, userId),
        resourceType === undefined
          ? undefined
          : eq(heldEvent.resourceType, resourceType),
        cursor === undefined ? undefined : gt(heldEvent.id, cursor),
      ),
    )
    .orderBy(asc(heldEvent.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    events: page.flatMap(toHeldEventResource),
    ...(rows.length > limit && last !== undefined
      ? { nextCursor: last.id }
      : {}),
  };
}

/** What became of the workspace's held events so far, and what bounds them. */
export async function readFigures(
  workspaceId: string,
): Promise<HeldEventFigures> {
  const [row] = await db()
    .select()
    .from(heldEventFigures)
    .where(eq(heldEventFigures.workspaceId, workspaceId));
  const { quotaHeldEventsMax, quotaHeldEventsMaxDays } = config();
  return {
    waiting: row?.waiting ?? 0,
    held: row?.held ?? 0,
    admitted: row?.admitted ?? 0,
    droppedFull: row?.droppedFull ?? 0,
    droppedAged: row?.droppedAged ?? 0,
    dropped: row?.dropped ?? 0,
    maxWaiting: quotaHeldEventsMax,
    maxDays: quotaHeldEventsMaxDays,
  };
}
