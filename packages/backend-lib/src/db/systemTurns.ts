// Turns at the system role's connections, in front of their pool: a FairGate as tenants have one, by whoever is to be charged.
// Owns the bounds and the one gate of this process; leaves to its callers whom they charge, to fairGate.ts the order.
// Jobs of the host go without a turn: there are few at a time, and one connection is left to them.

import { config } from "../config";
import { FairGate, TenantPoolDraining } from "../multitenancy/connectionPool";
import { tenantEvents } from "../multitenancy/tenantEvents";

let gate: FairGate | undefined;

function openGate(): FairGate {
  const settings = config();
  const slots = Math.max(1, settings.databaseSystemPoolMax - 1);
  return new FairGate({
    slots,
    // A look-up is short, and one at a time serves a workspace well. More are lent, but never the last one.
    share: 1,
    reserve: slots > 1 ? 1 : 0,
    queueMaxPerWorkspace: settings.databaseQueueMaxPerWorkspace,
    queueMax: settings.databaseQueueMax,
    queueTimeoutMs: settings.databaseQueueTimeoutMs,
    onWaited: ({ waitedMs, outcome }) => {
      tenantEvents.emit("queued", { workspaceId: null, waitedMs, outcome });
    },
  });
}

/**
 * Runs `work`, which queries as the system role, when it is the turn of `charged`: a workspace's id, or whoever else the
 * work is done for. Rejects with a PoolRefusal when too much of theirs waits, or too long. Never within another turn.
 */
export async function takeSystemTurn<T>(
  charged: string,
  work: () => PromiseLike<T>,
): Promise<T> {
  gate ??= openGate();
  const slot = await gate.enter(charged);
  try {
    return await work();
  } finally {
    slot.leave();
  }
}

/** Work that waits for its turn now. */
export function waitingForSystemTurn(): number {
  return gate?.waiting ?? 0;
}

/** Refuses what waits and what comes, until forgetSystemTurns(). */
export function closeSystemTurns(): void {
  gate?.close(new TenantPoolDraining());
}

/** The next turn is taken at a new gate: for a process that opens the pools again. */
export function forgetSystemTurns(): void {
  gate = undefined;
}
