// What a row counts for, told independently of the triggers that count: the rules of docs/quotas.md in another language.

import type { Change, Row } from "../commitLog";

export const RESOURCES = [
  "users",
  "segments",
  "subscriptionGroups",
  "messages",
  "storage",
] as const;
export const MONTHLY = "messages";

/** The tables that all this can be told from. */
export const TABLES = [
  "Workspace",
  "WorkspaceQuota",
  "QuotaReservation",
  "WorkspaceUser",
  "Segment",
  "SubscriptionGroup",
  "Message",
] as const;

export const key = (workspaceId: string, resource: string) =>
  `${workspaceId}|${resource}`;
export const text = (row: Row, column: string) => row.get(column) ?? "";
export const number = (row: Row, column: string) =>
  Number(row.get(column) ?? 0);

/** The rule of the two segments that a subscription group keeps for itself. */
export function isFree(row: Row): boolean {
  const group = row.get("subscriptionGroupId");
  return (
    typeof group === "string" &&
    [
      `subscriptionGroup-${group}`,
      `subscriptionGroup-unsubscribed-${group}`,
    ].includes(text(row, "name"))
  );
}

export type Weights = readonly (readonly [resource: string, amount: number])[];

/** What a row counts for. */
export function weigh(table: string, row: Row): Weights {
  switch (table) {
    case "WorkspaceUser":
      return [
        ["users", 1],
        ["storage", number(row, "traitsBytes")],
      ];
    case "Segment":
      return [
        ["segments", isFree(row) ? 0 : 1],
        ["storage", Buffer.byteLength(text(row, "definition"))],
      ];
    case "SubscriptionGroup":
      return [["subscriptionGroups", 1]];
    case "Message":
      return [["messages", text(row, "state") === "Skipped" ? 0 : 1]];
    case "QuotaReservation": {
      const isKept =
        text(row, "state") === "Committed" &&
        text(row, "resourceType") === MONTHLY;
      const held = text(row, "state") === "Open" ? number(row, "granted") : 0;
      return [
        [text(row, "resourceType"), isKept ? number(row, "committed") : held],
      ];
    }
    default:
      return [];
  }
}

export const openOf = (row: Row | undefined) =>
  row !== undefined && text(row, "state") === "Open"
    ? number(row, "granted")
    : 0;

/** Whether something in the commit is let through whatever is left. */
export function isForced(
  changes: readonly Change[],
  resource: string,
): boolean {
  return changes.some(
    ({ table, before, after }) =>
      table === "Segment" &&
      resource === "storage" &&
      before === undefined &&
      after !== undefined &&
      isFree(after),
  );
}
