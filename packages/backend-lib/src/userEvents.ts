// FACE of userEvents/: events of users, from what a client sends to what is listed. Owns the promise that a message
// counts once. Leaves the users themselves to users.ts, and who may send to the API.

import {
  type BatchItem,
  type GetEventsRequest,
  type GetEventsResponse,
  type GetPropertiesResponse,
  type GetTraitsResponse,
  type InWorkspace,
  type JsonObject,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { toQuotaError } from "./multitenancy/resourceQuotas";
import { admitHeld } from "./userEvents/admission";
import { type Outcome, storeInTurn } from "./userEvents/inTurn";
import { findEvents, findProperties, findTraits } from "./userEvents/reading";
import { toEventRows } from "./userEvents/rows";
import { storeRows } from "./userEvents/store";

export interface IngestEventsInput {
  readonly workspaceId: string;
  readonly events: readonly BatchItem[];
  /** Merged into each event's context; the event's own wins. */
  readonly context?: JsonObject | undefined;
  /** The server's time of processing: now, unless told otherwise by those who fill a database with the past. */
  readonly receivedAt?: Date | undefined;
}

/** A track event came with files, which there is nowhere to keep. `field` says which, as in `3/files`. */
export interface FilesNotSupported {
  readonly type: "FilesNotSupported";
  readonly field: string;
  readonly message: string;
}

/**
 * Accepts a batch, whole or not at all, and resolves once it is safe on disk: in one round trip where there is room. A
 * message that the workspace has accepted before, in this batch or any other, ever, is passed over: the first wins. Counts
 * are of rows that were new; a group item makes two or three. Users are made or brought up to date: of a trait's values the
 * latest by event time stays, whatever the order of arrival; first and last seen are by the server's clock. A user has at
 * most 10,000 traits of 4 MiB together: a trait beyond the number, and all that a batch says of a user when it would lead
 * beyond the size, is kept in the event alone. An event time further away than the years 1000 to 9999 is stored as that
 * limit. What there is no room for by the workspace's quotas (a new user, an event of the month, storage) is held instead
 * of stored, and so is what follows of the same user, until there is room (heldEvents.ts); beyond QUOTA_HELD_EVENTS_MAX it is
 * dropped, and counted. Err `FilesNotSupported` stores nothing.
 */
export async function ingestEvents({
  workspaceId,
  events,
  context,
  receivedAt,
}: IngestEventsInput): Promise<Result<Outcome, FilesNotSupported>> {
  const withFiles = events.findIndex(
    (event) => event.type === "track" && (event.files ?? []).length > 0,
  );
  if (withFiles >= 0) {
    return err({
      type: "FilesNotSupported",
      field: `${withFiles}/files`,
      message: "files cannot be stored here: send the event without them",
    });
  }
  const now = receivedAt ?? clock().now();
  const rows = toEventRows(events, { workspaceId, context, receivedAt: now });
  if (rows.length === 0) {
    return ok({ storedCount: 0, heldCount: 0, droppedCount: 0 });
  }
  const isLive = receivedAt === undefined;
  const storedCount = await storeAtOnce(workspaceId, rows, {
    receivedAt: now,
    isLive,
  });
  return ok(
    storedCount === null
      ? await storeInTurn(workspaceId, rows, receivedAt)
      : { storedCount, heldCount: 0, droppedCount: 0 },
  );
}

/** How many of the rows were new, and are stored; null when not all of them can be stored at once, and none is. */
async function storeAtOnce(
  ...batch: Parameters<typeof storeRows>
): Promise<number | null> {
  try {
    const { storedCount, mustQueue } = await storeRows(...batch);
    return mustQueue ? null : storedCount;
  } catch (error) {
    if (toQuotaError(error) === undefined) {
      throw error;
    }
    return null;
  }
}

/**
 * Stores of the workspace's held events those that there is room for, each user's in their order, users in the order of their
 * first held one. Resolves to how many. Takes some seconds at most and asks for another run when there is more to do. May be
 * run any number of times, also at once.
 */
export async function admitHeldEvents({
  workspaceId,
}: {
  readonly workspaceId: string;
}): Promise<number> {
  return admitHeld(workspaceId);
}

/** A page of the workspace's events, newest first by the time of processing, and how many match in all. */
export async function getEvents(
  request: InWorkspace<GetEventsRequest>,
): Promise<GetEventsResponse> {
  return findEvents(request);
}

/** The names of traits that users of the workspace have, in order. Of a very large workspace, those of 50,000 users. */
export async function getTraits(input: {
  workspaceId: string;
}): Promise<GetTraitsResponse> {
  return { traits: await findTraits(input) };
}

/** The names of properties, by track event, each in order: those of the 10,000 newest events. */
export async function getProperties(input: {
  workspaceId: string;
}): Promise<GetPropertiesResponse> {
  return { properties: await findProperties(input) };
}
