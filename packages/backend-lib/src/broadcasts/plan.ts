// What a broadcast is made of: template, subscription group and segment, all the workspace's own, and of one channel. Owns
// those rules, and whether a broadcast can begin; leaves who belongs to a segment to segmentComputation.ts.

import { and, asc, eq, sql } from "drizzle-orm";
import { type ResourceReference } from "isomorphic-lib/src/definitionGraph";
import { fieldErrorText } from "isomorphic-lib/src/fieldPath";
import {
  type BroadcastConfig,
  type ChannelType,
  type ConstraintViolation,
  type MissingRequiredFields,
  type SavedSegmentResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Transaction } from "../db";
import { segmentAssignment, subscriptionGroup } from "../db/schema";
import { getMessageTemplates } from "../messageTemplates";
import { findMissingReferences } from "../resourceReferences";
import { isComputable } from "../segmentComputation";
import { getSegments } from "../segments";
import { violation } from "./moves";
import { type BroadcastRow, configOf, hasLostSegment } from "./rows";

/** What a broadcast refers to, with its settings. */
export interface Parts {
  readonly segmentId: string | null;
  readonly messageTemplateId: string | null;
  readonly subscriptionGroupId: string | null;
  readonly config: BroadcastConfig;
}

function referencesOf(parts: Omit<Parts, "config">): ResourceReference[] {
  const { segmentId, messageTemplateId, subscriptionGroupId } = parts;
  const reference = (
    resource: ResourceReference["resource"],
    field: string,
    id: string | null,
  ) => (id === null ? [] : [{ resource, field, id }]);
  return [
    ...reference("Segment", "segmentId", segmentId),
    ...reference("MessageTemplate", "messageTemplateId", messageTemplateId),
    ...reference(
      "SubscriptionGroup",
      "subscriptionGroupId",
      subscriptionGroupId,
    ),
  ];
}

/** Err names the first that is not there; what is there cannot be deleted until `tx` ends. */
export async function checkReferences(
  tx: Transaction,
  workspaceId: string,
  parts: Omit<Parts, "config">,
): Promise<Result<void, ConstraintViolation>> {
  const [missing] = await findMissingReferences(
    tx,
    workspaceId,
    referencesOf(parts),
  );
  return missing === undefined ? ok() : err(violation(fieldErrorText(missing)));
}

/** The oldest group of the channel; null when there is none. */
export async function findOldestGroup(
  tx: Transaction,
  workspaceId: string,
  channel: ChannelType,
): Promise<string | null> {
  const [oldest] = await tx
    .select({ id: subscriptionGroup.id })
    .from(subscriptionGroup)
    .where(
      and(
        eq(subscriptionGroup.workspaceId, workspaceId),
        eq(subscriptionGroup.channel, channel),
      ),
    )
    .orderBy(asc(subscriptionGroup.createdAt), asc(subscriptionGroup.id))
    .limit(1);
  return oldest?.id ?? null;
}

async function channelsOf(
  tx: Transaction,
  workspaceId: string,
  { messageTemplateId, subscriptionGroupId }: Parts,
): Promise<readonly (readonly [field: string, channel: ChannelType])[]> {
  const templates =
    messageTemplateId === null
      ? []
      : await getMessageTemplates(
          { workspaceId, ids: [messageTemplateId] },
          { reader: tx },
        );
  const groups =
    subscriptionGroupId === null
      ? []
      : await tx
          .select({ channel: subscriptionGroup.channel })
          .from(subscriptionGroup)
          .where(
            and(
              eq(subscriptionGroup.workspaceId, workspaceId),
              eq(subscriptionGroup.id, subscriptionGroupId),
            ),
          );
  return [
    ...templates.map(({ type }) => ["messageTemplateId", type] as const),
    ...groups.map(({ channel }) => ["subscriptionGroupId", channel] as const),
  ];
}

/** Err when something of it is not the workspace's, or not of the channel that the settings name. */
export async function checkParts(
  tx: Transaction,
  workspaceId: string,
  parts: Parts,
): Promise<Result<void, ConstraintViolation>> {
  const { config } = parts;
  if (config.useIndividualTimezone === true) {
    return err(
      violation(
        "config/useIndividualTimezone: a broadcast is sent to all of its users in one run, so it cannot be true",
      ),
    );
  }
  const referred = await checkReferences(tx, workspaceId, parts);
  if (referred.isErr()) {
    return referred;
  }
  const channel = config.message.type;
  const channels = await channelsOf(tx, workspaceId, parts);
  const other = channels.find(([, found]) => found !== channel);
  return other === undefined
    ? ok()
    : err(
        violation(
          `${other[0]}: it is of channel ${other[1]}, and config/message/type is ${channel}; they must be the same`,
        ),
      );
}

export async function findSegment(
  tx: Transaction,
  workspaceId: string,
  segmentId: string,
): Promise<SavedSegmentResource | undefined> {
  const [found] = await getSegments(
    { workspaceId, ids: [segmentId] },
    { reader: tx },
  );
  return found;
}

/** Who belongs is written down by others: by hand, or by a subscription group. */
export const isKept = ({ definition }: SavedSegmentResource): boolean =>
  definition.entryNode.type === "Manual";

/** Err when nobody can tell who belongs to the segment. */
async function checkSegment(
  tx: Transaction,
  workspaceId: string,
  segmentId: string,
): Promise<Result<void, ConstraintViolation>> {
  const segment = await findSegment(tx, workspaceId, segmentId);
  if (segment !== undefined && (isKept(segment) || isComputable(segment))) {
    return ok();
  }
  const [somebody] = await tx
    .select({ one: sql`1` })
    .from(segmentAssignment)
    .where(
      and(
        eq(segmentAssignment.workspaceId, workspaceId),
        eq(segmentAssignment.segmentId, segmentId),
      ),
    )
    .limit(1);
  return somebody !== undefined
    ? ok()
    : err(
        violation(
          "segmentId: the segment looks at events or at lengths of time and has not been computed, so nobody is known to belong to it; choose one of traits, subscriptions or users listed by hand",
        ),
      );
}

/**
 * What a broadcast goes out with, all there: without a subscription group the oldest of its channel. Err says what is
 * missing or does not fit.
 */
export async function planToBegin(
  tx: Transaction,
  row: BroadcastRow,
): Promise<Result<Parts, MissingRequiredFields | ConstraintViolation>> {
  const { workspaceId, segmentId, messageTemplateId } = row;
  const config = configOf(row);
  if (messageTemplateId === null) {
    return err({
      type: "MissingRequiredFields",
      message:
        "messageTemplateId: a broadcast needs a template before it can begin",
    });
  }
  if (hasLostSegment(row)) {
    return err({
      type: "MissingRequiredFields",
      message:
        "segmentId: the segment was deleted; choose another, or null for all users",
    });
  }
  const subscriptionGroupId =
    row.subscriptionGroupId ??
    (await findOldestGroup(tx, workspaceId, config.message.type));
  const parts = { segmentId, messageTemplateId, subscriptionGroupId, config };
  const checked = await checkParts(tx, workspaceId, parts);
  if (checked.isErr()) {
    return err(checked.error);
  }
  const [template] = await getMessageTemplates(
    { workspaceId, ids: [messageTemplateId] },
    { reader: tx },
  );
  if (template?.definition === undefined) {
    return err(
      violation("messageTemplateId: the template is a draft; publish it first"),
    );
  }
  const known =
    segmentId === null ? ok() : await checkSegment(tx, workspaceId, segmentId);
  return known.map(() => parts);
}
