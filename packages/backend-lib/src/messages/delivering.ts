// Handing over what waits. Owns the states from Queued on: a message is Sending, committed, before its provider hears of it,
// and comes back to Queued only by the hand that took it and knows that the provider has not. So none is handed over twice,
// whatever ends when; what nobody speaks for any more is Unknown. Leaves the providers to providers.ts.

import { and, eq, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { assertUnreachable } from "isomorphic-lib/src/typeAssertions";

import { type Database, db } from "../db";
import { message, tenantJob } from "../db/schema";
import {
  type TenantEventMap,
  tenantEvents,
} from "../multitenancy/tenantEvents";
import { storedReader } from "../storedJson";
import { addTenantJob } from "../tenantJobs";
import { findUnsubscribed } from "../users";
import { MessageContent } from "./content";
import { type HandOver, LONGEST_HAND_OVER_MS } from "./handOver";
import { keptReason } from "./outcome";
import { Providers } from "./providers";
import { SEND_TASK, SENDER } from "./storing";

type Row = typeof message.$inferSelect;
type Outcome = Pick<Row, "state" | "reason"> & {
  readonly sentAt?: Date | SQL;
  readonly runAt?: SQL;
};

/** One run of a workspace: short, so that others get their turn, and a worker that stops need not wait. */
const RUN_MS = 2_000;
const LANES = 4;
/** After this long nobody is handing it over any more. */
const ABANDONED_MS = 2 * LONGEST_HAND_OVER_MS;
/** Tries, with pauses of 30 seconds, 2, 8, 32 minutes and 2 hours between them. */
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_SECONDS = 30;

const readContent = storedReader("Message", MessageContent);

const inMs = (ms: number) => sql`now() + make_interval(secs => ${ms / 1_000})`;

type Announced = TenantEventMap["message"][0];

function announce(
  { workspaceId, channel }: Pick<Row, "workspaceId" | "channel">,
  state: Announced["state"],
): void {
  tenantEvents.emit("message", { workspaceId, channel, state, count: 1 });
}

/** Takes the message that is due the longest, for this hand alone. Null when there is none. */
async function take(workspaceId: string): Promise<Row | null> {
  const next = db()
    .select({ id: message.id })
    .from(message)
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        eq(message.state, "Queued"),
        lte(message.runAt, sql`now()`),
      ),
    )
    .orderBy(message.runAt, message.id)
    .limit(1)
    .for("update", { skipLocked: true });
  const [taken] = await db()
    .update(message)
    .set({
      state: "Sending",
      attempts: sql`${message.attempts} + 1`,
      runAt: inMs(ABANDONED_MS),
      updatedAt: sql`now()`,
    })
    .where(and(eq(message.workspaceId, workspaceId), eq(message.id, next)))
    .returning();
  return taken ?? null;
}

function toOutcome(ended: HandOver, attempts: number): Outcome {
  switch (ended.type) {
    case "sent":
      return { state: "Sent", reason: null, sentAt: sql`now()` };
    case "refused":
      return {
        state: "Failed",
        reason: keptReason("SendingFailed", ended.sentence),
      };
    case "unknown":
      return {
        state: "Unknown",
        reason: keptReason("SendingFailed", ended.sentence),
      };
    case "notSent":
      return {
        state: "Skipped",
        reason: keptReason(ended.reason ?? "NotSent", ended.sentence),
      };
    case "notTaken":
      return attempts >= MAX_ATTEMPTS
        ? {
            state: "Failed",
            reason: keptReason(
              "SendingFailed",
              `${ended.sentence} Tried ${attempts} times.`,
            ),
          }
        : {
            state: "Queued",
            reason: keptReason("SendingFailed", ended.sentence),
            runAt: inMs(FIRST_PAUSE_SECONDS * 1_000 * 4 ** (attempts - 1)),
          };
    default:
      return assertUnreachable(ended);
  }
}

/** Keeps what came of it. A message that was given up meanwhile gets its true end all the same: nobody else has it. */
async function keep(row: Row, outcome: Outcome): Promise<void> {
  const kept = await db()
    .update(message)
    .set({ ...outcome, updatedAt: sql`now()` })
    .where(
      and(
        eq(message.workspaceId, row.workspaceId),
        eq(message.id, row.id),
        eq(message.attempts, row.attempts),
        inArray(message.state, ["Sending", "Unknown"]),
      ),
    )
    .returning({ id: message.id });
  const { state } = outcome;
  if (kept.length > 0 && state !== "Sending" && state !== "Queued") {
    announce(row, state);
  }
}

async function handOver(row: Row, providers: Providers): Promise<HandOver> {
  const { workspaceId, subscriptionGroupId, userId } = row;
  const content = readContent(row.id, row.content);
  if (content === undefined) {
    return {
      type: "notSent",
      sentence: "What was kept of the message is not understood.",
    };
  }
  const unsubscribed =
    subscriptionGroupId === null
      ? null
      : await findUnsubscribed(workspaceId, subscriptionGroupId, [userId]);
  if (unsubscribed?.has(userId) === true) {
    return {
      type: "notSent",
      reason: "Unsubscribed",
      sentence: "The user has left the subscription group meanwhile.",
    };
  }
  return providers.handOver({ ...row, content });
}

/** Hands the message over; one that could not even be tried goes back before the error goes on. */
async function outcomeOf(row: Row, providers: Providers): Promise<Outcome> {
  try {
    return toOutcome(await handOver(row, providers), row.attempts);
  } catch (error) {
    const sentence = "The host could not prepare the sending.";
    await keep(row, toOutcome({ type: "notTaken", sentence }, row.attempts));
    throw error;
  }
}

/** What was Sending when its process ended. */
async function giveUpAbandoned(workspaceId: string): Promise<void> {
  const abandoned = await db()
    .update(message)
    .set({
      state: "Unknown",
      reason: keptReason(
        "SendingFailed",
        "The process ended while it handed over the message.",
      ),
      updatedAt: sql`now()`,
    })
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        eq(message.state, "Sending"),
        lte(message.runAt, sql`now()`),
      ),
    )
    .returning({ workspaceId: message.workspaceId, channel: message.channel });
  abandoned.forEach((row) => announce(row, "Unknown"));
}

/** Asks for another run when the next message is due, unless one is asked for that comes no later. */
async function askAgain(workspaceId: string): Promise<void> {
  const [next] = await db()
    .select({ runAt: message.runAt })
    .from(message)
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        inArray(message.state, ["Queued", "Sending"]),
      ),
    )
    .orderBy(message.runAt)
    .limit(1);
  if (next === undefined) {
    return;
  }
  const [asked] = await db()
    .select({ id: tenantJob.id })
    .from(tenantJob)
    .where(
      and(
        eq(tenantJob.workspaceId, workspaceId),
        eq(tenantJob.task, SEND_TASK),
        eq(tenantJob.state, "Waiting"),
        isNull(tenantJob.leaseId),
        lte(tenantJob.runAt, next.runAt),
      ),
    )
    .limit(1);
  if (asked === undefined) {
    await addTenantJob({
      task: SEND_TASK,
      workspaceId,
      actor: SENDER,
      requestId: SENDER.id,
      input: {},
      runAt: next.runAt,
    });
  }
}

/**
 * Hands over messages of the workspace that are due, for about two seconds, and asks for another run when there are more. To
 * be run at least once for each time that messages were accepted; several at once do no harm.
 */
export async function deliverMessages({
  workspaceId,
}: {
  readonly workspaceId: string;
}): Promise<void> {
  const deadline = performance.now() + RUN_MS;
  const providers = new Providers(workspaceId);
  const lane = async () => {
    while (performance.now() < deadline) {
      const row = await take(workspaceId);
      if (row === null) {
        return;
      }
      await keep(row, await outcomeOf(row, providers));
    }
  };
  try {
    await giveUpAbandoned(workspaceId);
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const ended of lanes) {
      if (ended.status === "rejected") {
        throw ended.reason;
      }
    }
  } finally {
    providers.close();
  }
  await askAgain(workspaceId);
}

/**
 * Takes back a broadcast's messages that are not handed over yet: Skipped, for `sentence`, and no longer counted. Resolves
 * to how many.
 */
export async function cancelMessages(
  {
    workspaceId,
    broadcastId,
    sentence,
  }: {
    readonly workspaceId: string;
    readonly broadcastId: string;
    readonly sentence: string;
  },
  { tx = db() }: { readonly tx?: Pick<Database, "update"> } = {},
): Promise<number> {
  const cancelled = await tx
    .update(message)
    .set({
      state: "Skipped",
      reason: keptReason("NotSent", sentence),
      updatedAt: sql`now()`,
    })
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        eq(message.broadcastId, broadcastId),
        eq(message.state, "Queued"),
      ),
    )
    .returning({ id: message.id });
  return cancelled.length;
}
