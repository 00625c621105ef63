// Rows of "Segment" and what the API shows of them. Owns the conversion and which rows belong to the host.

import { type InferSelectModel } from "drizzle-orm";
import {
  type SavedSegmentResource,
  SegmentDefinition,
} from "isomorphic-lib/src/types";

import { type segment } from "../db/schema";
import { storedReader } from "../storedJson";

export type SegmentRow = InferSelectModel<typeof segment>;

/** The row's definition; undefined, and a warning in the log, when this version does not understand it. */
const readDefinition = storedReader("Segment", SegmentDefinition);

export function definitionOf({
  id,
  definition,
}: Pick<SegmentRow, "id" | "definition">): SegmentDefinition | undefined {
  return readDefinition(id, definition);
}

/** True for the two segments of a subscription group: only the group changes them. No client can set the mark. */
export function isHostOwned({
  subscriptionGroupId,
}: Pick<SegmentRow, "subscriptionGroupId">): boolean {
  return subscriptionGroupId !== null;
}

function toCommon(row: SegmentRow, definition: SegmentDefinition) {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    definition,
    status: row.status,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    definitionUpdatedAt: row.definitionUpdatedAt.getTime(),
  };
}

/** As an item of a list: with the group it belongs to, without `resourceType`. */
export function toListedSegment(
  row: SegmentRow,
  definition: SegmentDefinition,
): SavedSegmentResource {
  return {
    ...toCommon(row, definition),
    ...(row.subscriptionGroupId === null
      ? {}
      : { subscriptionGroupId: row.subscriptionGroupId }),
  };
}

/** As the answer to a change: with `resourceType`, without the group. */
export function toSegment(
  row: SegmentRow,
  definition: SegmentDefinition,
): SavedSegmentResource {
  return { ...toCommon(row, definition), resourceType: row.resourceType };
}
