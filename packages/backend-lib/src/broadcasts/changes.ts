// The steps by which a broadcast is made or changed, inside a transaction that the face opens. Owns what may still be changed
// in which status; leaves what goes with what to plan.ts.

import { and, eq, type SQL } from "drizzle-orm";
import { parseTimestamp } from "isomorphic-lib/src/timestamps";
import {
  type BroadcastError,
  type BroadcastResourceV2,
  type IdError,
  type InWorkspace,
  type MissingRequiredFields,
  type UniqueConstraintViolation,
  type UpsertBroadcastRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { queryResult, type Transaction } from "../db";
import { broadcast } from "../db/schema";
import { isSameJson } from "../rowUpsert";
import { type AskedBy, goOn, violation } from "./moves";
import { checkParts, findOldestGroup, type Parts } from "./plan";
import {
  type BroadcastRow,
  configOf,
  defaultConfig,
  hasLostSegment,
  isV2,
  NOT_BEGUN,
  runStateOf,
  scheduledMomentOf,
  statusOf,
  toBroadcastV2,
  toStoredConfig,
} from "./rows";

export type BroadcastChange = InWorkspace<UpsertBroadcastRequest>;
type Changed = Result<BroadcastResourceV2, BroadcastError>;

export const TAKEN: UniqueConstraintViolation = {
  type: "UniqueConstraintViolation",
  message: "A broadcast with this name or id exists already.",
};
export const NEITHER_ID_NOR_NAME: MissingRequiredFields = {
  type: "MissingRequiredFields",
  message: "id or name: one of them is required",
};
const NAME_MISSING: MissingRequiredFields = {
  type: "MissingRequiredFields",
  message: "name: required, as the workspace has no broadcast with this id",
};
const NOT_V2: IdError = {
  type: "IdError",
  message:
    "This is a broadcast of version 1: it can be renamed and archived only.",
};

interface Wanted extends Parts {
  readonly scheduledAt: Date | null;
}

const orStored = <T>(asked: T | undefined, stored: T): T =>
  asked === undefined ? stored : asked;

/** An id as the database writes it. */
const lower = (id: string | null | undefined) =>
  id === null || id === undefined ? id : id.toLowerCase();

function momentOf(text: string | null | undefined): Date | null | undefined {
  if (text === null || text === undefined) {
    return text;
  }
  const milliseconds = parseTimestamp(text);
  return milliseconds === null ? null : new Date(milliseconds);
}

/** The broadcast as it is to be: what the request leaves out stays. A group of another channel does not outlive a change of it. */
async function wantedOf(
  tx: Transaction,
  change: BroadcastChange,
  row: BroadcastRow | undefined,
): Promise<Wanted> {
  const { workspaceId } = change;
  const former = row === undefined ? undefined : configOf(row);
  const config = configOf({
    config: change.config ?? former ?? defaultConfig("Email"),
  });
  const channel = config.message.type;
  const group = lower(change.subscriptionGroupId);
  const takesOldest = group === undefined && former?.message.type !== channel;
  return {
    config,
    segmentId: orStored(lower(change.segmentId), row?.segmentId ?? null),
    messageTemplateId: orStored(
      lower(change.messageTemplateId),
      row?.messageTemplateId ?? null,
    ),
    subscriptionGroupId: takesOldest
      ? await findOldestGroup(tx, workspaceId, channel)
      : orStored(group, row?.subscriptionGroupId ?? null),
    scheduledAt: orStored(
      momentOf(change.scheduledAt),
      row === undefined ? null : scheduledMomentOf(row),
    ),
  };
}

const storedMoment = (moment: Date | null) =>
  moment === null ? null : moment.toISOString().replace("Z", "");

/** Inserts the broadcast as a Draft. Ok(undefined) when a row with this id or name is there. */
export async function insertBroadcast(
  tx: Transaction,
  change: BroadcastChange,
): Promise<Result<BroadcastRow | undefined, BroadcastError>> {
  const { workspaceId, id, name } = change;
  if (name === undefined) {
    return err(NAME_MISSING);
  }
  const wanted = await wantedOf(tx, change, undefined);
  const checked = await checkParts(tx, workspaceId, wanted);
  if (checked.isErr()) {
    return err(checked.error);
  }
  const now = clock().now();
  const [row] = await tx
    .insert(broadcast)
    .values({
      id,
      workspaceId,
      name,
      version: "V2",
      statusV2: "Draft",
      segmentId: wanted.segmentId,
      messageTemplateId: wanted.messageTemplateId,
      subscriptionGroupId: wanted.subscriptionGroupId,
      scheduledAt: storedMoment(wanted.scheduledAt),
      config: toStoredConfig(wanted.config, {
        hasSegment: wanted.segmentId !== null,
      }),
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return ok(row);
}

/** What of the row the broadcast is to be different in, besides its name. */
function differences(row: BroadcastRow, wanted: Wanted): string[] {
  const stored: Wanted = {
    segmentId: row.segmentId,
    messageTemplateId: row.messageTemplateId,
    subscriptionGroupId: row.subscriptionGroupId,
    config: configOf(row),
    scheduledAt: scheduledMomentOf(row),
  };
  const fields = [
    "segmentId",
    "messageTemplateId",
    "subscriptionGroupId",
    "config",
    "scheduledAt",
  ] as const;
  return fields.filter((field) => !isSameJson(stored[field], wanted[field]));
}

/** Err when the status of the row does not let these fields be changed. */
function checkStatus(
  row: BroadcastRow,
  wanted: Wanted,
  changed: readonly string[],
): Result<void, BroadcastError> {
  const status = statusOf(row);
  const [first = ""] = changed;
  if (status !== "Draft" && status !== "Scheduled") {
    return err(
      violation(
        `${first}: the broadcast is ${status}; only its name can be changed any more`,
      ),
    );
  }
  return status === "Scheduled" && wanted.scheduledAt === null
    ? err(
        violation(
          "scheduledAt: the broadcast is scheduled and needs its time; give the present one to begin now, or cancel it",
        ),
      )
    : ok();
}

/** Changes a row that `tx` holds locked; what `change` leaves out stays. */
export async function updateBroadcast(
  tx: Transaction,
  row: BroadcastRow,
  change: BroadcastChange,
  by: AskedBy,
): Promise<Changed> {
  if (!isV2(row)) {
    return err(NOT_V2);
  }
  const wanted = await wantedOf(tx, change, row);
  const changed = differences(row, wanted);
  // A segment that is null on purpose is no lost one.
  const isOtherwise = changed.length > 0 || change.segmentId === null;
  if (isOtherwise) {
    const allowed = checkStatus(row, wanted, changed);
    const checked = allowed.isErr()
      ? allowed
      : await checkParts(tx, row.workspaceId, wanted);
    if (checked.isErr()) {
      return err(checked.error);
    }
  }
  const hasSegment =
    wanted.segmentId !== null ||
    (change.segmentId === undefined && hasLostSegment(row));
  const isMeant = and(
    eq(broadcast.workspaceId, row.workspaceId),
    eq(broadcast.id, row.id),
  );
  const updated = await queryResult(
    tx
      .update(broadcast)
      .set({
        name: change.name,
        ...(isOtherwise
          ? {
              segmentId: wanted.segmentId,
              messageTemplateId: wanted.messageTemplateId,
              subscriptionGroupId: wanted.subscriptionGroupId,
              scheduledAt: storedMoment(wanted.scheduledAt),
              config: toStoredConfig(wanted.config, {
                hasSegment,
                run: runStateOf(row),
              }),
            }
          : {}),
      })
      .where(isMeant)
      .returning(),
  );
  const [saved] = updated.isErr() ? [] : updated.value;
  if (saved === undefined) {
    return err(TAKEN);
  }
  if (changed.includes("scheduledAt") && statusOf(saved) === "Scheduled") {
    await goOn(tx, saved, {
      status: "Scheduled",
      run: runStateOf(saved) ?? NOT_BEGUN,
      runAt: scheduledMomentOf(saved) ?? undefined,
      by,
    });
  }
  return ok(toBroadcastV2(saved));
}

/** By which a request means a broadcast: its id, or without one its name. */
export const isMeantBy = ({
  id,
  name = "",
}: Pick<BroadcastChange, "id" | "name">): SQL =>
  id === undefined ? eq(broadcast.name, name) : eq(broadcast.id, id);
