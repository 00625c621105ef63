// What other limits would have refused. Owns holding usage against a limit: what was noted (by the hour, where it changed) and
// what there is now, which may not be noted yet. The notes are made by the database's quota_sample().

import { sql } from "drizzle-orm";
import {
  isQuotaResource,
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import {
  QUOTA_SIMULATION_DAYS,
  type QuotaOverrun,
  type QuotaSimulation,
  type SimulateQuotaRequest,
  type SimulateQuotaResponse,
} from "isomorphic-lib/src/types";

import { clock } from "../../clock";
import { resetsAt } from "./quotaError";
import {
  type QuotaStanding,
  type QuotaStandings,
  type Reader,
  standingOf,
  toAmount,
} from "./states";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How usage stood at the end of an hour, and the most there was in it. Holds until the next. */
export interface UsageSample {
  readonly resource: QuotaResource;
  readonly hour: Date;
  /** null: what exists now; else the month's first day. */
  readonly period: string | null;
  readonly used: number;
  readonly peak: number;
}

interface Span {
  from: number;
  to: number;
  peak: number;
}

/** Times above the limit, of samples of one period in the order of time. A sample holds until the next, the last until `end`. */
function spansOver(
  samples: readonly UsageSample[],
  limit: number,
  end: number,
): Span[] {
  const spans: Span[] = [];
  samples.forEach(({ hour, used, peak }, index) => {
    const from = hour.getTime();
    const next = samples[index + 1]?.hour.getTime() ?? end;
    if (peak <= limit || from >= end) {
      return;
    }
    const to = used > limit ? next : Math.min(from + HOUR_MS, next);
    const last = spans.at(-1);
    if (last?.to === from) {
      last.to = to;
      last.peak = Math.max(last.peak, peak);
    } else {
      spans.push({ from, to, peak });
    }
  });
  return spans;
}

function byPeriod(samples: readonly UsageSample[]): UsageSample[][] {
  const groups = new Map<string | null, UsageSample[]>();
  for (const sample of samples) {
    groups.set(sample.period, [...(groups.get(sample.period) ?? []), sample]);
  }
  return [...groups.values()];
}

/** What the limit would have refused, from `from` to `to`. The samples are of one resource, in the order of time. */
export function simulateLimit(
  resource: QuotaResource,
  limit: number | null,
  samples: readonly UsageSample[],
  { from, to }: { readonly from: Date; readonly to: Date },
): QuotaSimulation {
  const within = byPeriod(samples).flatMap((group) => {
    const turn = resetsAt(group[0]?.period ?? null);
    const end = Math.min(
      to.getTime(),
      turn === null ? Infinity : Date.parse(turn),
    );
    return limit === null ? [] : spansOver(group, limit, end);
  });
  const overruns = within
    .map((span) => ({ ...span, from: Math.max(span.from, from.getTime()) }))
    .filter((span) => span.to > span.from)
    .sort((left, right) => left.from - right.from)
    .map((span): QuotaOverrun => ({
      from: new Date(span.from).toISOString(),
      to: new Date(span.to).toISOString(),
      peak: span.peak,
      over: span.peak - (limit ?? span.peak),
    }));
  return {
    resourceType: resource,
    limit,
    samples: samples.length,
    peak: Math.max(0, ...samples.map(({ peak }) => peak)),
    wouldHaveRefused: overruns.length > 0,
    firstRefusedAt: overruns[0]?.from ?? null,
    mostOver: Math.max(0, ...overruns.map(({ over }) => over)),
    overruns,
  };
}

interface SampleRow extends Record<string, unknown> {
  readonly resourceType: string;
  readonly hourMs: string;
  readonly period: string | null;
  readonly used: string;
  readonly peak: string;
}

const SAMPLE = sql`
  s."resourceType", (extract(epoch FROM s."hour") * 1000)::bigint AS "hourMs", nullif(s."period", '-infinity')::text AS "period", s."used"`;

/** The notes since `from`, and how things stood then by the last note before it. */
const samplesQuery = (workspaceId: string, from: Date) => sql`
  SELECT ${SAMPLE}, s."peak" FROM public."WorkspaceUsageSample" AS s
   WHERE s."workspaceId" = ${workspaceId}::uuid AND s."hour" >= ${from.toISOString()}::timestamptz
  UNION ALL
  (SELECT DISTINCT ON (s."resourceType", s."period") ${SAMPLE}, s."used" AS "peak"
     FROM public."WorkspaceUsageSample" AS s
    WHERE s."workspaceId" = ${workspaceId}::uuid AND s."hour" < ${from.toISOString()}::timestamptz
      AND s."period" IN ('-infinity', tenancy.month_of(${from.toISOString()}::timestamptz))
    ORDER BY s."resourceType", s."period", s."hour" DESC)
  ORDER BY "hourMs"`;

async function readSamples(
  reader: Reader,
  workspaceId: string,
  from: Date,
): Promise<UsageSample[]> {
  const { rows } = await reader.execute<SampleRow>(
    samplesQuery(workspaceId, from),
  );
  return rows.flatMap(({ resourceType, hourMs, period, used, peak }) =>
    isQuotaResource(resourceType)
      ? [
          {
            resource: resourceType,
            hour: new Date(Math.max(toAmount(hourMs), from.getTime())),
            period,
            used: toAmount(used),
            peak: toAmount(peak),
          },
        ]
      : [],
  );
}

/** The samples of one resource, in the order of time, with how it stands now as the last of its period. */
export function withNow(
  samples: readonly UsageSample[],
  {
    resourceType,
    period,
    used,
  }: Pick<QuotaStanding, "resourceType" | "period" | "used">,
  now: Date,
): UsageSample[] {
  const last = samples.findLast((sample) => sample.period === period);
  if (used === (last?.used ?? 0)) {
    return [...samples];
  }
  // On the stroke of an hour the one that ends: that of `now` has no time in it yet.
  const hour = new Date(Math.floor((now.getTime() - 1) / HOUR_MS) * HOUR_MS);
  const isNoted = last !== undefined && last.hour >= hour;
  return [
    ...samples.filter((sample) => !isNoted || sample !== last),
    {
      resource: resourceType,
      hour,
      period,
      used,
      peak: isNoted ? Math.max(last.peak, used) : used,
    },
  ];
}

/** Of the resources given in the request, or of all. */
export async function simulate(
  reader: Reader,
  {
    workspaceId,
    request: { limits, days = QUOTA_SIMULATION_DAYS },
    standings,
  }: {
    readonly workspaceId: string;
    readonly request: Omit<SimulateQuotaRequest, "workspaceId">;
    readonly standings: QuotaStandings;
  },
): Promise<SimulateQuotaResponse> {
  const to = clock().now();
  const from = new Date(
    Math.floor((to.getTime() - days * DAY_MS) / HOUR_MS) * HOUR_MS,
  );
  const samples = await readSamples(reader, workspaceId, from);
  const wanted = (resource: QuotaResource) =>
    limits[QUOTA_RESOURCES[resource].field];
  const named = QUOTA_RESOURCE_NAMES.filter(
    (resource) => wanted(resource) !== undefined,
  );
  const resources = named.length > 0 ? named : QUOTA_RESOURCE_NAMES;
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    resources: resources.map((resource) => {
      const limit = wanted(resource);
      const standing = standingOf(standings, resource);
      const noted = samples.filter((sample) => sample.resource === resource);
      return simulateLimit(
        resource,
        limit === undefined ? standing.limit : limit,
        withNow(noted, standing, to),
        { from, to },
      );
    }),
  };
}
