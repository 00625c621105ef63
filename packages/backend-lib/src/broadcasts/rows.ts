// From a row of "Broadcast" to what clients see. Owns the shape of what the host keeps in "config" beside the client's own
// settings: how far a broadcast is, and whose turn it is to go on.

import { type Static, Type } from "@sinclair/typebox";
import { type InferSelectModel } from "drizzle-orm";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { parseTimestamp } from "isomorphic-lib/src/timestamps";
import {
  BroadcastConfig,
  BroadcastProgress,
  type BroadcastResourceV1,
  type BroadcastResourceV2,
  type BroadcastStatus,
  type SendableChannel,
} from "isomorphic-lib/src/types";

import { type broadcast } from "../db/schema";

export type BroadcastRow = InferSelectModel<typeof broadcast>;

/** How far the run is. */
export const RunState = Type.Composite([
  BroadcastProgress,
  Type.Object({
    /** Its users are known: the segment was computed. */
    hasBegun: Type.Boolean(),
    /** The last user served. */
    after: Type.Optional(Type.String()),
    /** Of all jobs that were ever asked for the one that may go on. A pause, and each step, gives the turn to another. */
    turn: Type.Optional(Type.String()),
  }),
]);
export type RunState = Static<typeof RunState>;

export const NOT_BEGUN: RunState = {
  accepted: 0,
  skipped: 0,
  failed: 0,
  hasBegun: false,
};

const HostPart = Type.Object({
  /** It is for the users of a segment: should that be deleted, it is not for everybody. */
  hasSegment: Type.Boolean(),
  run: Type.Optional(RunState),
});
type HostPart = Static<typeof HostPart>;

const Stored = Type.Object({ host: HostPart });

/** The field, unless there is nothing in it. */
const given = <T>(key: string, value: T | null | undefined) =>
  value === null || value === undefined ? {} : { [key]: value };

/** The settings of a broadcast that has none yet. */
export const defaultConfig = (channel: SendableChannel): BroadcastConfig => ({
  type: "V2",
  message: { type: channel },
});

/** The settings without the host's part; of a row that Dittofeed made without any, the least there is. */
export function configOf({
  config,
}: Pick<BroadcastRow, "config">): BroadcastConfig {
  const known = schemaValidate(config, BroadcastConfig);
  if (known.isErr()) {
    return defaultConfig("Email");
  }
  const { type, message, ...rest } = known.value;
  return {
    type,
    message: {
      type: message.type,
      ...given("providerOverride", message.providerOverride),
      ...given("senderOverride", message.senderOverride),
    },
    ...given("rateLimit", rest.rateLimit),
    ...given("batchSize", rest.batchSize),
    ...given("errorHandling", rest.errorHandling),
    ...given("defaultTimezone", rest.defaultTimezone),
    ...given("useIndividualTimezone", rest.useIndividualTimezone),
  };
}

function hostPartOf({
  config,
  segmentId,
}: Pick<BroadcastRow, "config" | "segmentId">): HostPart {
  const stored = schemaValidate(config, Stored);
  return stored.isOk() ? stored.value.host : { hasSegment: segmentId !== null };
}

/** How far the broadcast is; undefined before it was started. */
export const runStateOf = (
  row: Pick<BroadcastRow, "config" | "segmentId">,
): RunState | undefined => hostPartOf(row).run;

/** Its users were to be those of a segment that was deleted since. */
export const hasLostSegment = (
  row: Pick<BroadcastRow, "config" | "segmentId">,
): boolean => row.segmentId === null && hostPartOf(row).hasSegment;

/** What is kept in "config" of a broadcast that is changed. */
export function toStoredConfig(
  config: BroadcastConfig,
  host: { readonly hasSegment: boolean; readonly run?: RunState | undefined },
) {
  const { hasSegment, run } = host;
  return {
    ...configOf({ config }),
    host: { hasSegment, ...given("run", run) },
  };
}

/** What is kept in "config" of a broadcast that goes on. */
export const withRunState = (
  row: Pick<BroadcastRow, "config" | "segmentId">,
  run: RunState,
) =>
  toStoredConfig(configOf(row), {
    hasSegment: hostPartOf(row).hasSegment,
    run,
  });

/** The status of a V2 broadcast; the column is nullable for the sake of V1. */
export const statusOf = ({
  statusV2,
}: Pick<BroadcastRow, "statusV2">): BroadcastStatus => statusV2 ?? "Draft";

export const isV2 = ({ version }: Pick<BroadcastRow, "version">): boolean =>
  version === "V2";

/** The moment it is to begin at; the column has no zone and is UTC. Null when there is none. */
export function scheduledMomentOf({
  scheduledAt,
}: Pick<BroadcastRow, "scheduledAt">): Date | null {
  const milliseconds =
    scheduledAt === null ? null : parseTimestamp(scheduledAt);
  return milliseconds === null ? null : new Date(milliseconds);
}

function commonOf(row: BroadcastRow) {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    ...given("segmentId", row.segmentId),
    ...given("messageTemplateId", row.messageTemplateId),
    archived: row.archived,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

export function toBroadcastV1(row: BroadcastRow): BroadcastResourceV1 {
  return {
    ...commonOf(row),
    version: "V1",
    status: row.status ?? "NotStarted",
    ...given("journeyId", row.journeyId),
    ...given("triggeredAt", row.triggeredAt?.getTime()),
  };
}

function progressOf(run: RunState): BroadcastProgress {
  return {
    accepted: run.accepted,
    skipped: run.skipped,
    failed: run.failed,
    ...given("total", run.total),
    ...given("left", run.left),
    ...given("reason", run.reason),
  };
}

export function toBroadcastV2(row: BroadcastRow): BroadcastResourceV2 {
  const run = runStateOf(row);
  return {
    ...commonOf(row),
    version: "V2",
    status: statusOf(row),
    config: configOf(row),
    ...given("subscriptionGroupId", row.subscriptionGroupId),
    ...given("scheduledAt", scheduledMomentOf(row)?.toISOString()),
    ...(run === undefined ? {} : { progress: progressOf(run) }),
  };
}
