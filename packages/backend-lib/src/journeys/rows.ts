// Rows of "Journey" and what the API shows of them. Owns the conversion and which rows belong to the host.

import { type InferSelectModel } from "drizzle-orm";
import {
  JourneyDefinition,
  JourneyDraft,
  type PartialJourneyResource,
  type SavedJourneyResource,
} from "isomorphic-lib/src/types";

import { type journey } from "../db/schema";
import { storedReader } from "../storedJson";

export type JourneyRow = InferSelectModel<typeof journey>;

const readDefinition = storedReader("Journey", JourneyDefinition);
const readDraft = storedReader("Journey", JourneyDraft);

/** The row's definition; null when it has one that this version does not understand, undefined when it has none. */
export function definitionOf({
  id,
  definition,
}: Pick<JourneyRow, "id" | "definition">):
  JourneyDefinition | null | undefined {
  return definition === null
    ? undefined
    : (readDefinition(id, definition) ?? null);
}

/** True for a journey that a broadcast made: no client can set the type of a journey. */
export function isHostOwned({
  resourceType,
}: Pick<JourneyRow, "resourceType">): boolean {
  return resourceType === "Internal";
}

export type PartialJourneyRow = Pick<
  JourneyRow,
  "id" | "workspaceId" | "name" | "status" | "createdAt" | "updatedAt"
>;

export function toPartialJourney(
  row: PartialJourneyRow,
): PartialJourneyResource {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    status: row.status,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

/** A draft that this version does not understand is left out: it is an editor's and never run. */
export function toJourney(
  row: JourneyRow,
  definition: JourneyDefinition | undefined,
): SavedJourneyResource {
  const draft = row.draft === null ? undefined : readDraft(row.id, row.draft);
  return {
    ...toPartialJourney(row),
    ...(definition === undefined ? {} : { definition }),
    ...(draft === undefined ? {} : { draft }),
  };
}
