// A broadcast on its way: step by step over its users, one job a step, so that workspaces take turns and an end of the process
// loses nothing. Owns what one step does, and that each user is served once; leaves it to messages.ts what a message is
// and how much the month's quota has room for.
//
// A step reads and fills in outside of any transaction. Then, in one: it looks under the broadcast's lock whether it is
// still its turn, stores what was accepted, and gives the turn to the next. So of two that do the same step one counts.

import {
  type BroadcastConfig,
  type MessageResult,
  type QuotaExceeded,
} from "isomorphic-lib/src/types";

import { clock } from "../clock";
import { type Transaction } from "../db";
import {
  type AcceptMessagesError,
  type PreparedMessages,
  storeMessages,
} from "../messages";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { computeSegment } from "../segmentComputation";
import { type Page, prepareFor, readPage } from "./audience";
import { goOn, RUN_ATTEMPTS, stop } from "./moves";
import { checkReferences, findSegment, isKept } from "./plan";
import {
  type BroadcastRow,
  configOf,
  hasLostSegment,
  type RunState,
} from "./rows";
import { findInTurn, inTurn, type Turn } from "./turns";

/** What the broadcast needs and is not there any more. */
async function findLoss(
  tx: Transaction,
  row: BroadcastRow,
): Promise<string | undefined> {
  if (hasLostSegment(row)) {
    return "segmentId: the segment was deleted";
  }
  if (row.messageTemplateId === null) {
    return "messageTemplateId: the template was deleted";
  }
  const checked = await checkReferences(tx, row.workspaceId, row);
  return checked.isErr() ? checked.error.message : undefined;
}

/** Ends a broadcast whose parts are gone. True when it did. */
async function failIncomplete(
  tx: Transaction,
  row: BroadcastRow,
  run: RunState,
): Promise<boolean> {
  const reason = await findLoss(tx, row);
  if (reason === undefined) {
    return false;
  }
  await stop(tx, row, "Failed", { ...run, reason });
  return true;
}

/** The first step: from now on it is known whom the broadcast is for. */
async function begin(turn: Turn): Promise<void> {
  await inTurn(turn, async (tx, row, run) => {
    if (await failIncomplete(tx, row, run)) {
      return;
    }
    const { workspaceId, segmentId } = row;
    const segment =
      segmentId === null
        ? undefined
        : await findSegment(tx, workspaceId, segmentId);
    if (segment !== undefined && !isKept(segment)) {
      await computeSegment(tx, segment); // or it stays as others have computed it
    }
    await goOn(tx, row, { status: "Running", run: { ...run, hasBegun: true } });
  });
}

/** The first user's error that the step must not go past. */
function findHalt(
  { prepared }: PreparedMessages,
  { errorHandling }: BroadcastConfig,
): { readonly at: number; readonly reason?: string } | undefined {
  const at = prepared.findIndex(
    (each) =>
      each.type === "refused" &&
      (each.result.type === "RetryableError" ||
        errorHandling === "PauseOnError"),
  );
  const found = prepared[at];
  if (found?.type !== "refused") {
    return undefined;
  }
  const { type, userId, error = "" } = found.result;
  return type === "RetryableError"
    ? { at }
    : { at, reason: `The message to user ${userId} failed: ${error}` };
}

/** The state after these users were served, in their order. */
function countServed(
  run: RunState,
  served: readonly MessageResult[],
): RunState {
  const count = (type: MessageResult["type"]) =>
    served.filter((result) => result.type === type).length;
  const last = served.at(-1);
  return {
    ...run,
    accepted: run.accepted + count("Success"),
    skipped: run.skipped + count("Skipped"),
    failed: run.failed + count("NonRetryableError"),
    ...(last === undefined ? {} : { after: last.userId }),
  };
}

const servedBy = (run: RunState) => run.accepted + run.skipped + run.failed;

/** What follows a step of which `results` is the beginning that was served. */
async function finishStep(
  tx: Transaction,
  row: BroadcastRow,
  {
    run,
    page,
    granted,
    refusal,
    reason,
  }: {
    readonly run: RunState;
    readonly page: Page & { readonly served: number };
    readonly granted: number;
    readonly refusal: QuotaExceeded | null;
    readonly reason: string | undefined;
  },
): Promise<void> {
  const rest = page.users.length - page.served;
  if (refusal !== null) {
    const left = page.hasMore
      ? Math.max(page.total - servedBy(run), rest)
      : rest;
    await stop(tx, row, "Paused", {
      ...run,
      left,
      reason: `${refusal.message} Resume it when there is room: it goes on where it stopped.`,
    });
    return;
  }
  if (reason !== undefined) {
    await stop(tx, row, "Paused", { ...run, reason });
    return;
  }
  if (!page.hasMore && rest === 0) {
    await stop(tx, row, "Completed", run);
    return;
  }
  const { rateLimit } = configOf(row);
  const pauseMs = rateLimit === undefined ? 0 : (granted / rateLimit) * 1_000;
  await goOn(tx, row, {
    status: "Running",
    run,
    ...(pauseMs === 0
      ? {}
      : { runAt: new Date(clock().now().getTime() + pauseMs) }),
  });
}

/** Stores what was prepared as far as it may be, and says what follows. */
async function storeStep(
  turn: Turn,
  page: Page,
  prepared: PreparedMessages,
): Promise<{ readonly granted: number } | undefined> {
  return inTurn(turn, async (tx, row, former) => {
    if (await failIncomplete(tx, row, former)) {
      return { granted: 0 };
    }
    const halt = findHalt(prepared, configOf(row));
    const accepted = await storeMessages(
      { ...prepared, prepared: prepared.prepared.slice(0, halt?.at) },
      { tx },
    );
    const { results, granted, refusal } = accepted;
    const stopsAt = results.findIndex(
      ({ type, reason }) =>
        type === "RetryableError" || reason === "QuotaExceeded",
    );
    const served = stopsAt < 0 ? results : results.slice(0, stopsAt);
    await finishStep(tx, row, {
      run: countServed({ ...former, total: page.total }, served),
      page: { ...page, served: served.length },
      granted,
      refusal,
      reason: halt?.reason,
    });
    return { granted };
  });
}

/** The template cannot be sent to anybody. */
async function pauseFor(
  turn: Turn,
  { message }: AcceptMessagesError,
): Promise<void> {
  await inTurn(turn, async (tx, row, run) => {
    if (!(await failIncomplete(tx, row, run))) {
      await stop(tx, row, "Paused", { ...run, reason: message });
    }
  });
}

/** One step, as far as it is this one's turn. */
async function step(turn: Turn): Promise<void> {
  const found = await findInTurn(turn);
  if (found.isErr()) {
    return;
  }
  const { row, run } = found.value;
  if (!run.hasBegun) {
    await begin(turn);
    return;
  }
  const page = await readPage(row, run);
  const prepared = await prepareFor(row, page.users);
  if (prepared.isErr()) {
    await pauseFor(turn, prepared.error);
    return;
  }
  const stored = await storeStep(turn, page, prepared.value);
  if (stored !== undefined && stored.granted > 0) {
    tenantEvents.emit("message", {
      workspaceId: row.workspaceId,
      channel: configOf(row).message.type,
      state: "Queued",
      count: stored.granted,
    });
  }
}

/**
 * Does the step that the turn is for, and asks for the next; nothing when it is another's turn by now. To be tried again when
 * it rejects; after the last attempt the broadcast is Paused, so that people can have it go on.
 */
export async function runStep(
  turn: Turn,
  { attempts }: { readonly attempts: number },
): Promise<void> {
  try {
    await step(turn);
  } catch (error) {
    if (attempts >= RUN_ATTEMPTS) {
      await inTurn(turn, (tx, row, run) =>
        stop(tx, row, "Paused", {
          ...run,
          reason:
            "The host could not go on, though it tried several times. Resume it to try again.",
        }),
      );
    }
    throw error;
  }
}
