// What can be set about the fair gate, and what it tells of a wait. Owns the names and their meaning; their defaults and
// what becomes of them is fairGate.ts's business.

export interface FairGateOptions {
  /** Units that run at once: the connections of the pool. */
  readonly slots: number;
  /** Slots that a workspace may hold by right; those above it only borrows, while nobody below their share waits. */
  readonly share?: number;
  /** Slots that only a workspace which holds none may take, so that one is free when it comes. */
  readonly reserve?: number;
  /** Waiting units of one workspace, and of all; above the latter only a workspace with none waiting may still wait. */
  readonly queueMaxPerWorkspace?: number;
  readonly queueMax?: number;
  /** Milliseconds that a unit waits at most. */
  readonly queueTimeoutMs?: number;
  /** Told of every unit that had to wait, when its wait is over. Must not throw. */
  readonly onWaited?: (wait: Wait) => void;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

export type WaitOutcome = "granted" | "full" | "timeout" | "draining";

export interface Wait {
  readonly workspaceId: string;
  readonly waitedMs: number;
  readonly outcome: WaitOutcome;
}
