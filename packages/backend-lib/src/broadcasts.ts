// FACE of broadcasts/: one template to many users at once. Owns "Broadcast" and the moves from one status to the next. Leaves
// messages and their quota to messages.ts, and it to the worker to take one step after the other.
//
// A broadcast goes on by jobs, of which one at a time has the turn; whoever changes the status takes it away. What was
// accepted before a pause goes on being sent, since it is a message like any other; a cancellation calls it back.

import { and, desc, eq, inArray } from "drizzle-orm";
import {
  type ArchiveBroadcastRequest,
  type BroadcastError,
  type BroadcastRequest,
  type BroadcastResourceV1,
  type BroadcastResourceV2,
  type ConstraintViolation,
  type ExecuteBroadcastRequest,
  type ExecuteBroadcastResponse,
  type GetBroadcastsRequest,
  type GetBroadcastsResponse,
  type InWorkspace,
  type MissingRequiredFields,
  type NotFound,
  type RenameBroadcastRequest,
  type UniqueConstraintViolation,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import {
  type BroadcastChange,
  insertBroadcast,
  isMeantBy,
  NEITHER_ID_NOR_NAME,
  TAKEN,
  updateBroadcast,
} from "./broadcasts/changes";
import { execute, type ExecuteBroadcastError } from "./broadcasts/executing";
import {
  type AskedBy,
  checkMove,
  findForChange,
  lockBroadcast,
  NOT_FOUND,
  stop,
} from "./broadcasts/moves";
import { findSegment } from "./broadcasts/plan";
import {
  type BroadcastRow,
  configOf,
  isV2,
  runStateOf,
  toBroadcastV1,
  toBroadcastV2,
} from "./broadcasts/rows";
import { runStep } from "./broadcasts/running";
import { resumeRow, startRow } from "./broadcasts/starting";
import { type Turn } from "./broadcasts/turns";
import { db, inTransaction, queryResult } from "./db";
import { broadcast } from "./db/schema";
import { cancelMessages } from "./messages";
import { tenantEvents } from "./multitenancy/tenantEvents";
import { upsertRow } from "./rowUpsert";
import { computeSegment } from "./segmentComputation";

export type { AskedBy, ExecuteBroadcastError, Turn };

/** There is no such V2 broadcast, it cannot be moved so, or something that it needs is missing. */
export type BroadcastMoveError =
  NotFound | ConstraintViolation | MissingRequiredFields;

type Meant = InWorkspace<BroadcastRequest>;

/** The workspace's broadcasts of both versions, newest first; `ids` narrows. One round trip. */
export async function getBroadcasts({
  workspaceId,
  ids,
}: InWorkspace<GetBroadcastsRequest>): Promise<GetBroadcastsResponse> {
  const rows = await db()
    .select()
    .from(broadcast)
    .where(
      and(
        eq(broadcast.workspaceId, workspaceId),
        ids === undefined ? undefined : inArray(broadcast.id, ids),
      ),
    )
    .orderBy(desc(broadcast.createdAt), desc(broadcast.id));
  return rows.map((row) =>
    isV2(row) ? toBroadcastV2(row) : toBroadcastV1(row),
  );
}

/**
 * Changes the broadcast of this id, or without an id of this name, or makes it as a Draft, with the oldest subscription group
 * of its channel unless one is given. Once it runs only its name can be changed. Err MissingRequiredFields without id and
 * name, or without a name for a new one; ConstraintViolation when something it refers to is not the workspace's or not of
 * its channel, or it is too late; IdError for one of version 1; UniqueConstraintViolation when the name or id is another's.
 */
export async function upsertBroadcast(
  change: BroadcastChange,
  by: AskedBy,
): Promise<Result<BroadcastResourceV2, BroadcastError>> {
  if (change.id === undefined && change.name === undefined) {
    return err(NEITHER_ID_NOR_NAME);
  }
  return inTransaction((tx) =>
    upsertRow<BroadcastRow, BroadcastResourceV2, BroadcastError>({
      find: () => findForChange(tx, change.workspaceId, isMeantBy(change)),
      update: (row) => updateBroadcast(tx, row, change, by),
      insert: async () =>
        (await insertBroadcast(tx, change)).map((row) =>
          row === undefined ? undefined : toBroadcastV2(row),
        ),
      taken: TAKEN,
    }),
  );
}

/** Renames a broadcast of version 1. Err NotFound also for one of version 2. */
export async function renameBroadcast({
  workspaceId,
  id,
  name,
}: InWorkspace<RenameBroadcastRequest>): Promise<
  Result<BroadcastResourceV1, NotFound | UniqueConstraintViolation>
> {
  return inTransaction(async (tx) => {
    const row = await findForChange(tx, workspaceId, eq(broadcast.id, id));
    if (row === undefined || isV2(row)) {
      return err(NOT_FOUND);
    }
    if (name === undefined) {
      return ok(toBroadcastV1(row));
    }
    const renamed = await queryResult(
      tx
        .update(broadcast)
        .set({ name })
        .where(
          and(eq(broadcast.workspaceId, workspaceId), eq(broadcast.id, id)),
        )
        .returning(),
    );
    const [saved] = renamed.isErr() ? [] : renamed.value;
    return saved === undefined ? err(TAKEN) : ok(toBroadcastV1(saved));
  });
}

/** Puts a broadcast of either version away, or takes it out again; does not stop it. */
export async function archiveBroadcast({
  workspaceId,
  broadcastId,
  archived = true,
}: InWorkspace<ArchiveBroadcastRequest>): Promise<Result<void, NotFound>> {
  const changed = await db()
    .update(broadcast)
    .set({ archived })
    .where(
      and(
        eq(broadcast.workspaceId, workspaceId),
        eq(broadcast.id, broadcastId),
      ),
    )
    .returning({ id: broadcast.id });
  return changed.length === 0 ? err(NOT_FOUND) : ok();
}

/**
 * Computes anew who belongs to the broadcast's segment; nothing for one without a segment, or whose segment is kept by hand or
 * looks at events.
 */
export async function recomputeBroadcastSegment({
  workspaceId,
  broadcastId,
}: Meant): Promise<Result<void, NotFound>> {
  return inTransaction(async (tx) => {
    const row = await findForChange(
      tx,
      workspaceId,
      eq(broadcast.id, broadcastId),
    );
    if (row === undefined) {
      return err(NOT_FOUND);
    }
    const segment =
      row.segmentId === null
        ? undefined
        : await findSegment(tx, workspaceId, row.segmentId);
    if (segment !== undefined) {
      await computeSegment(tx, segment);
    }
    return ok();
  });
}

/**
 * Begins a Draft: now, or at its `scheduledAt` if that is still to come. Answers what it is now. Err MissingRequiredFields
 * without a template, ConstraintViolation when it is no Draft or its parts do not fit.
 */
export async function startBroadcast(
  meant: Meant,
  by: AskedBy,
): Promise<Result<"Scheduled" | "Running", BroadcastMoveError>> {
  return inTransaction<"Scheduled" | "Running", BroadcastMoveError>(
    async (tx) => {
      const row = await lockBroadcast(tx, meant);
      return row.isErr() ? err(row.error) : startRow(tx, row.value, by);
    },
  );
}

/** Stops a Running broadcast, to go on later. What was accepted before goes on being sent. */
export async function pauseBroadcast(
  meant: Meant,
): Promise<Result<void, BroadcastMoveError>> {
  return inTransaction(async (tx) => {
    const row = await lockBroadcast(tx, meant);
    const possible = row.andThen((found) => checkMove(found, "Paused"));
    if (row.isErr() || possible.isErr()) {
      return possible;
    }
    await stop(tx, row.value, "Paused", runStateOf(row.value));
    return ok();
  });
}

/** Goes on with a Paused broadcast where it stopped: whoever was served is not served again. */
export async function resumeBroadcast(
  meant: Meant,
  by: AskedBy,
): Promise<Result<void, BroadcastMoveError>> {
  return inTransaction(async (tx) => {
    const row = await lockBroadcast(tx, meant);
    const resumed: Result<void, BroadcastMoveError> = row.isErr()
      ? err(row.error)
      : await resumeRow(tx, row.value, by);
    return resumed;
  });
}

/** Ends a broadcast for good, and calls back those of its messages that were not handed over: they do not count any more. */
export async function cancelBroadcast(
  meant: Meant,
): Promise<Result<number, BroadcastMoveError>> {
  const cancelled = await inTransaction<
    { row: BroadcastRow; count: number },
    BroadcastMoveError
  >(async (tx) => {
    const found = await lockBroadcast(tx, meant);
    const possible = found.andThen((row) => checkMove(row, "Cancelled"));
    if (found.isErr()) {
      return err(found.error);
    }
    if (possible.isErr()) {
      return err(possible.error);
    }
    const row = found.value;
    await stop(tx, row, "Cancelled", runStateOf(row));
    const sentence = "The broadcast was cancelled.";
    const count = await cancelMessages({ ...meant, sentence }, { tx });
    return ok({ row, count });
  });
  return cancelled.map(({ row, count }) => {
    if (count > 0) {
      const { workspaceId } = row;
      const channel = configOf(row).message.type;
      tenantEvents.emit("message", {
        workspaceId,
        channel,
        state: "Skipped",
        count,
      });
    }
    return count;
  });
}

/**
 * Makes a segment, a template and a broadcast of both, and begins it: all of it or nothing. The same name in one workspace is
 * the same broadcast, which is begun once; a request that is sent again gets the first one's answer. Errs as the making
 * of each does.
 */
export async function executeBroadcast(
  request: InWorkspace<ExecuteBroadcastRequest>,
  by: AskedBy,
): Promise<Result<ExecuteBroadcastResponse, ExecuteBroadcastError>> {
  return inTransaction((tx) => execute(tx, request, by));
}

/**
 * Takes the next step of a broadcast, of at most `batchSize` users, if it is this job's turn. Idempotent: however often a
 * step is taken, each user's message is accepted once and counted once. Rejects when the step is to be tried again.
 */
export async function runBroadcast(
  turn: Turn,
  { attempts }: { readonly attempts: number },
): Promise<void> {
  return runStep(turn, { attempts });
}
