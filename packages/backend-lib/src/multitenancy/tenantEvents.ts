// What happened at the tenant boundary, said aloud: lower layers announce here, higher ones (metrics, audit) listen.
// Owns the names and payloads of the events; listeners must not throw and must not take long.

import { EventEmitter } from "node:events";

import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import {
  type QuotaCrossingState,
  type QuotaScope,
} from "isomorphic-lib/src/types";

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
  /** A request was answered that a quota has no room for it. */
  quotaRefused: [
    { workspaceId: string; resourceType: QuotaResource; scope: QuotaScope },
  ];
  /** Usage rose to `percent` of a limit, or such a crossing is over: each is announced once. */
  quotaCrossed: [
    {
      workspaceId: string;
      resourceType: QuotaResource;
      scope: QuotaScope;
      state: QuotaCrossingState;
      percent: number;
    },
  ];
  /** Accepted events had no room and wait for it; `droppedFull` of them were not kept, since as many waited as may. */
  eventsHeld: [{ workspaceId: string; held: number; droppedFull: number }];
  /** Held events ceased to wait: they were stored after all, or dropped for their age or by an admin. */
  heldEventsLeft: [
    {
      workspaceId: string;
      outcome: "admitted" | "droppedAged" | "dropped";
      count: number;
    },
  ];
  /** So many messages came into this state: accepted are `Queued`, the rest is what the worker made of them. */
  message: [
    {
      workspaceId: string;
      channel: "Email" | "MobilePush" | "Sms" | "Webhook";
      state: "Queued" | "Sent" | "Failed" | "Unknown" | "Skipped";
      count: number;
    },
  ];
  /** A value was asked of the cache: it came from this process or Redis, was loaded, or the cache could not be trusted. */
  cacheRead: [
    {
      workspaceId: string;
      kind: string;
      outcome: "process" | "redis" | "loaded" | "bypassed";
    },
  ];
  /** A query was asked for outside of any tenant context; it saw no rows. */
  contextMissing: [{ at: string }];
}

export const tenantEvents = new EventEmitter<TenantEventMap>();
