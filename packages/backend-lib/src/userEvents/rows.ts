// What a client's item becomes: the rows to store. Owns that meaning (whose event it is, when it happened, what a group
// is made of) and that a message is named once. Leaves storing to store.ts; knows no database.

import { parseTimestamp } from "isomorphic-lib/src/timestamps";
import { type BatchItem, type JsonObject } from "isomorphic-lib/src/types";
import { v5 as uuidv5 } from "uuid";

import { boundedMoment } from "./moments";
import { type EventRow } from "./store";

/** Track events that a group item becomes: one of the user's history, one of the group's. */
const USER_JOINED = "DFUserGroupAssignment";
const GROUP_GAINED = "DFGroupUserAssignment";

interface Origin {
  readonly workspaceId: string;
  /** Merged into each item's context; the item wins. */
  readonly context: JsonObject | undefined;
  /** When an item without a timestamp happened. */
  readonly receivedAt: Date;
}

function eventTime(timestamp: string | undefined, receivedAt: Date): string {
  const parsed = timestamp === undefined ? null : parseTimestamp(timestamp);
  return boundedMoment(parsed ?? receivedAt.getTime()).toISOString();
}

/** The id of an event that follows from a message: the same whenever the message is sent again, and nobody else's. */
function derivedId(workspaceId: string, messageId: string, of: string): string {
  const namespace = Buffer.from(workspaceId.replaceAll("-", ""), "hex");
  return uuidv5(`${of} ${messageId}`, namespace);
}

type Common = Omit<EventRow, "eventType" | "event" | "properties">;

function commonOf(item: BatchItem, { context, receivedAt }: Origin): Common {
  const merged =
    context === undefined && item.context === undefined
      ? null
      : { ...context, ...item.context };
  const userId = item.userId ?? null;
  const anonymousId = item.anonymousId ?? null;
  return {
    messageId: item.messageId,
    eventTime: eventTime(item.timestamp, receivedAt),
    userId,
    anonymousId,
    userOrAnonymousId: userId ?? anonymousId ?? "", // the schema asks for one of them
    context: merged,
    hidden: merged?.hidden === true,
    isUser: true,
    ofUser: userId ?? anonymousId ?? "",
  };
}

type GroupItem = Extract<BatchItem, { type: "group" }>;

function groupRows(
  item: GroupItem,
  common: Common,
  workspaceId: string,
): EventRow[] {
  const { groupId, assigned = true, traits } = item;
  const ofGroup = (of: string) => ({
    ...common,
    messageId: derivedId(workspaceId, item.messageId, of),
    userId: groupId,
    anonymousId: null,
    userOrAnonymousId: groupId,
    isUser: false,
  });
  const rows: EventRow[] = [
    {
      ...common,
      eventType: "track",
      event: USER_JOINED,
      properties: { groupId, assigned },
    },
    {
      ...ofGroup(GROUP_GAINED),
      eventType: "track",
      event: GROUP_GAINED,
      properties: { userId: common.userOrAnonymousId, assigned },
    },
  ];
  if (traits !== undefined) {
    rows.push({
      ...ofGroup("traits"),
      eventType: "identify",
      event: "identify",
      properties: traits,
    });
  }
  return rows;
}

function itemRows(item: BatchItem, origin: Origin): EventRow[] {
  const common = commonOf(item, origin);
  switch (item.type) {
    case "identify":
      return [
        {
          ...common,
          eventType: "identify",
          event: "identify",
          properties: item.traits ?? {},
        },
      ];
    case "track":
      return [
        {
          ...common,
          eventType: "track",
          event: item.event,
          properties: item.properties ?? {},
        },
      ];
    case "page":
    case "screen":
      return [
        {
          ...common,
          eventType: item.type,
          event: item.name ?? item.type,
          properties: item.properties ?? {},
        },
      ];
    case "group":
      return groupRows(item, common, origin.workspaceId);
  }
}

/** The rows of a batch, in its order. Of several items with one message id the first counts. */
export function toEventRows(
  items: readonly BatchItem[],
  origin: Origin,
): EventRow[] {
  const rows = new Map<string, EventRow>();
  for (const item of items) {
    if (!rows.has(item.messageId)) {
      itemRows(item, origin).forEach((row) => rows.set(row.messageId, row));
    }
  }
  return [...rows.values()];
}
