// A workspace's limits and usage for people. Owns the columns and the words in them.

import { QUOTA_RESOURCES } from "isomorphic-lib/src/quotaResources";
import {
  type GetWorkspaceQuotaResponse,
  type QuotaLayer,
  type QuotaUsage,
  type SetQuotaLimits,
  type WorkspaceQuota,
} from "isomorphic-lib/src/types";

import { toTable } from "./output";

const HEADINGS = [
  "RESOURCE",
  "USED",
  "LIMIT",
  "%",
  "STATE",
  "SOURCE",
  "CEILING",
  "RESETS",
];

function amount(value: number | null | undefined): string {
  if (value === undefined) {
    return "-";
  }
  return value === null ? "unlimited" : String(value);
}

/** Rounded down: 100 is said of what is full. */
function percent(fraction: number | null): string {
  return fraction === null ? "-" : String(Math.floor(fraction * 100));
}

function toRow(quota: WorkspaceQuota, usage: QuotaUsage): string[] {
  const { field } = QUOTA_RESOURCES[usage.resourceType];
  return [
    usage.resourceType,
    String(usage.used),
    amount(usage.limit),
    percent(usage.fraction),
    usage.state,
    quota.source[field],
    amount(quota.ceilings[field]),
    usage.resetsAt?.slice(0, 10) ?? "-",
  ];
}

function wordsText(title: string, limits: SetQuotaLimits): string {
  const rows = Object.entries(limits).map(([field, value]) => [
    `  ${field}`,
    amount(value),
  ]);
  return rows.length === 0 ? "" : `\n${title}\n${toTable(rows)}`;
}

function sharedText(usage: readonly QuotaUsage[]): string {
  const rows = usage.flatMap(({ resourceType, pool }) =>
    pool === undefined
      ? []
      : [[`  ${resourceType}`, `${pool.used} of ${amount(pool.limit)} used`]],
  );
  return rows.length === 0
    ? ""
    : `\nShared with the other children of its parent:\n${toTable(rows)}`;
}

const TITLES = {
  children: "For each of its children:",
  pool: "For all of its children together:",
} as const satisfies Partial<Record<QuotaLayer, string>>;

/** One line a resource, then what the workspace says for its children and shares with others. */
export function quotaText({ quota, usage }: GetWorkspaceQuotaResponse): string {
  return [
    toTable([HEADINGS, ...usage.map((each) => toRow(quota, each))]),
    wordsText(TITLES.children, quota.children),
    wordsText(TITLES.pool, quota.pool),
    sharedText(usage),
  ].join("");
}
