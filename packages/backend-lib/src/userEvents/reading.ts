// Events as they are listed: filters, order, paging, and the names of traits and properties that were ever seen. Owns the
// queries; leaves the request's shape to the schemas of isomorphic-lib.

import {
  and,
  desc,
  eq,
  gte,
  inArray,
  lt,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import {
  DEFAULT_EVENTS_PAGE_SIZE,
  type EventResource,
  type GetEventsRequest,
  type GetEventsResponse,
  type GetPropertiesResponse,
  type InWorkspace,
} from "isomorphic-lib/src/types";

import { db } from "../db";
import { userEvent, userEventReceipt, workspaceUser } from "../db/schema";
import { boundedMoment } from "./moments";

/** Of how many users the trait names, and of how many of the newest track events the property names, are gathered. */
const SAMPLED_USERS = 50_000;
const SAMPLED_EVENTS = 10_000;

type Request = InWorkspace<GetEventsRequest>;

/** Matches whose event it is or which message, exactly, or a part of the event's name in either case. */
function matchesTerm(term: string): SQL | undefined {
  return or(
    eq(userEvent.userOrAnonymousId, term),
    eq(userEvent.anonymousId, term),
    eq(userEvent.messageId, term),
    sql`position(lower(${term}) IN lower(${userEvent.event})) > 0`,
  );
}

/** The receipt knows when a message was processed, so its row is found by the primary key. */
function isMessage(
  workspaceId: string,
  messageIds: readonly string[],
): SQL | undefined {
  const receipts = db()
    .select({
      processingTime: userEventReceipt.receivedAt,
      messageId: userEventReceipt.messageId,
    })
    .from(userEventReceipt)
    .where(
      and(
        eq(userEventReceipt.workspaceId, workspaceId),
        inArray(userEventReceipt.messageId, [...messageIds]),
      ),
    );
  return sql`(${userEvent.processingTime}, ${userEvent.messageId}) IN ${receipts}`;
}

const propertyIs = (name: string, value: string | undefined) =>
  value === undefined
    ? undefined
    : sql`${userEvent.properties} ->> ${name} = ${value}`;

function conditions(request: Request): SQL | undefined {
  const { workspaceId, userId, searchTerm, startDate, endDate } = request;
  const messageIds =
    typeof request.messageId === "string"
      ? [request.messageId]
      : request.messageId;
  const { event, eventType } = request;
  return and(
    eq(userEvent.workspaceId, workspaceId),
    userId === undefined ? undefined : eq(userEvent.userOrAnonymousId, userId),
    searchTerm === undefined || searchTerm === ""
      ? undefined
      : matchesTerm(searchTerm),
    startDate === undefined
      ? undefined
      : gte(userEvent.processingTime, boundedMoment(startDate)),
    endDate === undefined
      ? undefined
      : lt(userEvent.processingTime, boundedMoment(endDate)),
    messageIds === undefined ? undefined : isMessage(workspaceId, messageIds),
    event === undefined || event.length === 0
      ? undefined
      : inArray(userEvent.event, event),
    eventType === undefined ? undefined : eq(userEvent.eventType, eventType),
    propertyIs("broadcastId", request.broadcastId),
    propertyIs("journeyId", request.journeyId),
  );
}

type Row = Omit<
  typeof userEvent.$inferSelect,
  "workspaceId" | "position" | "hidden" | "userOrAnonymousId"
>;

function toEventResource(row: Row, includeContext: boolean): EventResource {
  return {
    messageId: row.messageId,
    eventType: row.eventType,
    event: row.event,
    userId: row.userId,
    anonymousId: row.anonymousId,
    processingTime: row.processingTime.toISOString(),
    eventTime: row.eventTime.toISOString(),
    traits: JSON.stringify(row.properties),
    ...(includeContext ? { context: JSON.stringify(row.context ?? {}) } : {}),
  };
}

/** A page of the workspace's events, newest first, and how many match in all. */
export async function findEvents(request: Request): Promise<GetEventsResponse> {
  const where = conditions(request);
  const [rows, count] = await Promise.all([
    db()
      .select({
        messageId: userEvent.messageId,
        eventType: userEvent.eventType,
        event: userEvent.event,
        userId: userEvent.userId,
        anonymousId: userEvent.anonymousId,
        processingTime: userEvent.processingTime,
        eventTime: userEvent.eventTime,
        properties: userEvent.properties,
        context: userEvent.context,
      })
      .from(userEvent)
      .where(where)
      .orderBy(
        desc(userEvent.processingTime),
        desc(userEvent.position),
        desc(userEvent.messageId),
      )
      .limit(request.limit ?? DEFAULT_EVENTS_PAGE_SIZE)
      .offset(request.offset ?? 0),
    db().$count(userEvent, where),
  ]);
  return {
    events: rows.map((row) =>
      toEventResource(row, request.includeContext === true),
    ),
    count,
  };
}

/** The names of the traits that users of the workspace have, in order; of 50,000 users at most. */
export async function findTraits({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<string[]> {
  const sample = db()
    .select({ traits: workspaceUser.traits })
    .from(workspaceUser)
    .where(eq(workspaceUser.workspaceId, workspaceId))
    .limit(SAMPLED_USERS)
    .as("sample");
  const rows = await db()
    .selectDistinct({ name: sql<string>`jsonb_object_keys(${sample.traits})` })
    .from(sample);
  return rows.map(({ name }) => name).sort();
}

/** The names of the properties of each track event, in order; of the 10,000 newest events. */
export async function findProperties({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<GetPropertiesResponse["properties"]> {
  const sample = db()
    .select({ event: userEvent.event, properties: userEvent.properties })
    .from(userEvent)
    .where(
      and(
        eq(userEvent.workspaceId, workspaceId),
        eq(userEvent.eventType, "track"),
      ),
    )
    .orderBy(desc(userEvent.processingTime))
    .limit(SAMPLED_EVENTS)
    .as("sample");
  const rows = await db()
    .selectDistinct({
      event: sample.event,
      name: sql<string>`jsonb_object_keys(${sample.properties})`,
    })
    .from(sample);
  const names = new Map<string, string[]>();
  for (const { event, name } of rows) {
    const found = names.get(event);
    if (found === undefined) {
      names.set(event, [name]);
    } else {
      found.push(name);
    }
  }
  names.forEach((found) => found.sort());
  return Object.fromEntries(names);
}
