// Accepting messages: their rows, as many as the month's quota has room for, and the job that sends them, in one transaction.
// Owns the order in which recipients get what is left, and what is answered; the database counts and decides.

import { and, eq, inArray, sql } from "drizzle-orm";
import {
  type MessageResult,
  type QuotaExceeded,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";
import { v7 as uuidv7 } from "uuid";

import { type Transaction } from "../db";
import { message } from "../db/schema";
import { quotaExceeded, toQuotaError } from "../multitenancy/resourceQuotas";
import { type Actor } from "../multitenancy/tenantContext";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { addTenantJob } from "../tenantJobs";
import { type KeptMessage, keptReason, toResult } from "./outcome";
import {
  type AcceptMessagesInput,
  type Prepared,
  type PreparedMessages,
} from "./preparing";

export interface AcceptedMessages {
  /** One for each recipient, in the order given. */
  readonly results: readonly MessageResult[];
  /** How many took of the quota now. */
  readonly granted: number;
  /** How many the quota had no room for. */
  readonly refused: number;
  /** Those that were refused; null when there were none. */
  readonly refusal: QuotaExceeded | null;
}

type NewMessage = Extract<Prepared, { type: "message" }>;
type MessageRow = typeof message.$inferInsert;

/** The name of the worker's task that sends. */
export const SEND_TASK = "sendMessages";
/** In whose name it works when nobody else asked for it. */
export const SENDER: Actor = { type: "worker", id: "messages" };

/** A row has 13 values, and a statement no more than 65,535. */
const MAX_RECIPIENTS = 4_000;

function rowOf(
  { workspaceId, templateId, channel, ...input }: AcceptMessagesInput,
  row: Pick<
    MessageRow,
    "userId" | "messageId" | "content" | "state" | "reason"
  >,
): MessageRow {
  const { broadcastId, subscriptionGroupId, provider } = input;
  return {
    ...row,
    id: uuidv7(), // in the order of the recipients: sent in it
    workspaceId,
    templateId,
    channel,
    broadcastId,
    subscriptionGroupId,
    provider,
  };
}

/** Writes the rows whose messageId is new; answers which. In order of their keys, so that nobody waits in a ring. */
async function insert(
  tx: Transaction,
  rows: readonly MessageRow[],
): Promise<string[]> {
  if (rows.length === 0) {
    return [];
  }
  const period = sql`tenancy.month_of(tenancy.quota_now())`;
  const written = await tx
    .insert(message)
    .values(
      rows
        .map((row) => ({ ...row, period }))
        .sort((a, b) => (a.messageId < b.messageId ? -1 : 1)),
    )
    .onConflictDoNothing({ target: [message.workspaceId, message.messageId] })
    .returning({ messageId: message.messageId });
  return written.map(({ messageId }) => messageId);
}

/** As insert(), or nothing of it when the quota has no room for all. */
async function insertAll(
  tx: Transaction,
  rows: readonly MessageRow[],
): Promise<Result<string[], QuotaExceeded>> {
  try {
    return ok(await tx.transaction((savepoint) => insert(savepoint, rows)));
  } catch (error) {
    const refusal = toQuotaError(error);
    if (refusal === undefined) {
      throw error;
    }
    return err(refusal);
  }
}

/** How many of `wanted` there is room for: room that nobody else can take until `tx` ends. */
async function takeRoom(
  tx: Transaction,
  workspaceId: string,
  wanted: number,
): Promise<number> {
  const { rows } = await tx.execute<{ id: string; granted: number }>(
    sql`SELECT "id", "granted"::integer FROM tenancy.quota_reserve(${workspaceId}::uuid, 'messages', ${wanted}::bigint, true, NULL, '1 minute')`,
  );
  const [reservation] = rows;
  if (reservation === undefined) {
    return 0;
  }
  // Given back to this transaction, whose rows count by themselves; the counter stays locked.
  await tx.execute(
    sql`SELECT 1 FROM tenancy.quota_end_reservation(${workspaceId}::uuid, ${reservation.id}::uuid, 0)`,
  );
  return reservation.granted;
}

/** The refusal with other figures, and so in other words. */
export function restated(
  { resourceType, currentUsage, limit, scope, period }: QuotaExceeded,
  figures: { readonly currentUsage?: number; readonly requested: number },
): QuotaExceeded {
  return quotaExceeded({
    resourceType,
    currentUsage,
    limit,
    scope,
    period,
    ...figures,
  });
}

interface Inserted {
  readonly stored: ReadonlySet<string>;
  /** The end of the list, for which there was no room. */
  readonly refused: readonly NewMessage[];
  readonly refusal: QuotaExceeded | null;
}

/** Stores the messages from the first one on, as far as there is room. */
async function insertWithinQuota(
  tx: Transaction,
  input: AcceptMessagesInput,
  messages: readonly NewMessage[],
): Promise<Inserted> {
  const stored = new Set<string>();
  let rest = messages;
  let refusal: QuotaExceeded | null = null;
  while (rest.length > 0) {
    const rows = rest.map(({ userId, messageId, content }) =>
      rowOf(input, { userId, messageId, content, state: "Queued" }),
    );
    const all = await insertAll(tx, rows);
    if (all.isOk()) {
      all.value.forEach((messageId) => stored.add(messageId));
      return { stored, refused: [], refusal: null };
    }
    const room = await takeRoom(tx, input.workspaceId, rest.length);
    const part = await insert(tx, rows.slice(0, room));
    part.forEach((messageId) => stored.add(messageId));
    rest = rest.slice(room);
    refusal = restated(all.error, {
      currentUsage: Math.max(
        all.error.currentUsage + part.length,
        all.error.limit,
      ),
      requested: rest.length,
    });
    if (part.length === room) {
      break; // all that was left
    }
    // Some of them were accepted elsewhere at this moment: there is room for as many more.
  }
  return { stored, refused: rest, refusal };
}

/** The messages of these ids, as they stand. */
async function readKept(
  tx: Transaction,
  workspaceId: string,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, KeptMessage>> {
  if (messageIds.length === 0) {
    return new Map();
  }
  const { messageId, userId, state, reason } = message;
  const rows = await tx
    .select({ messageId, userId, state, reason })
    .from(message)
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        inArray(messageId, [...messageIds]),
      ),
    );
  return new Map(rows.map((row) => [row.messageId, row]));
}

const nameOf = (each: Prepared) =>
  each.type === "message" || each.type === "known" ? each : each.result;

/** Answers each recipient: refused ones as said, all others by what is stored under their messageId. */
function resultsOf(
  prepared: readonly Prepared[],
  refusals: ReadonlyMap<string, MessageResult>,
  kept: ReadonlyMap<string, KeptMessage>,
): MessageResult[] {
  return prepared.map((each) => {
    const { userId, messageId } = nameOf(each);
    const refused = refusals.get(messageId);
    if (refused !== undefined) {
      return { ...refused, userId };
    }
    const found = kept.get(messageId);
    return found === undefined
      ? {
          userId,
          messageId,
          type: "RetryableError",
          error: "The earlier message of this id is gone: ask again.",
        }
      : toResult(found, userId);
  });
}

/** As storeMessages() of the face. */
export async function store(
  tx: Transaction,
  { input, prepared }: PreparedMessages,
): Promise<AcceptedMessages> {
  const { workspaceId, actor = SENDER, requestId = SENDER.id } = input;
  if (prepared.length > MAX_RECIPIENTS) {
    throw new RangeError(`at most ${MAX_RECIPIENTS} recipients at once`);
  }
  const messages = prepared.filter((each) => each.type === "message");
  const inserted = await insertWithinQuota(tx, input, messages);
  await insert(
    tx,
    prepared.flatMap((each) =>
      each.type === "skipped"
        ? rowOf(input, {
            userId: each.result.userId,
            messageId: each.result.messageId,
            content: {},
            state: "Skipped",
            reason: keptReason(
              each.result.reason ?? "NotSent",
              each.result.error ?? "",
            ),
          })
        : [],
    ),
  );
  const one = inserted.refusal && restated(inserted.refusal, { requested: 1 });
  const refusals = new Map<string, MessageResult>([
    ...inserted.refused.map(({ userId, messageId }) => {
      const result: MessageResult = {
        userId,
        messageId,
        type: "NonRetryableError",
        reason: "QuotaExceeded",
        error: one?.message,
      };
      return [messageId, result] as const;
    }),
    ...prepared.flatMap((each) =>
      each.type === "refused"
        ? [[each.result.messageId, each.result] as const]
        : [],
    ),
  ]);
  const kept = await readKept(
    tx,
    workspaceId,
    prepared.map((each) => nameOf(each).messageId),
  );
  if (inserted.stored.size > 0) {
    await addTenantJob(
      { task: SEND_TASK, workspaceId, actor, requestId, input: {} },
      { tx },
    );
  }
  return {
    results: resultsOf(prepared, refusals, kept),
    granted: inserted.stored.size,
    refused: inserted.refused.length,
    refusal: inserted.refusal,
  };
}

/** Says what was accepted, once that is committed. */
export function announce(
  { workspaceId, channel }: AcceptMessagesInput,
  { granted }: AcceptedMessages,
): void {
  if (granted > 0) {
    tenantEvents.emit("message", {
      workspaceId,
      channel,
      state: "Queued",
      count: granted,
    });
  }
}
