// What happened at the tenant boundary, said aloud: lower layers announce here, higher ones (metrics, audit) listen.
// Owns the names and payloads of the events; listeners must not throw and must not take long.

import { EventEmitter } from "node:events";

export interface TenantEventMap {
  /** A statement ran to its end. `workspaceId` is null for the system role. */
  query: [{ workspaceId: string | null; durationMs: number; failed: boolean }];
  /** A unit of work had to wait for a connection, and its wait is over: one was `granted`, or it was refused. */
  queued: [
    {
      workspaceId: string | null;
      waitedMs: number;
      outcome: "granted" | "full" | "timeout" | "draining";
    },
  ];
  /** Work went on in another workspace than the one it started in, for `reason`. */
  crossed: [
    { from: string | null; to: string; reason: string; actorId: string },
  ];
  /**
   * A request was refused at the boundary: `workspace` when it named a workspace that the caller may not enter, `role`
   * when the caller's role there is too low, `credential` when the key given does not open it.
   */
  denied: [
    {
      workspaceId: string | null;
      actor: { type: string; id: string };
      reason: "workspace" | "role" | "credential";
      requestId: string;
      route: string;
    },
  ];
  /** A query was asked for outside of any tenant context; it saw no rows. */
  contextMissing: [{ at: string }];
}

export const tenantEvents = new EventEmitter<TenantEventMap>();
