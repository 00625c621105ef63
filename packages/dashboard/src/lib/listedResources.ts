/**
 * Resources as the lists take them: with whatever definition is stored. One that another version of the product wrote
 * must not take the whole list down; who reads a definition checks it first (`definitionSummaries.ts`).
 */
import { type Static, Type } from "@sinclair/typebox";
import {
  MessageTemplateResource,
  SavedJourneyResource,
  SavedSegmentResource,
} from "isomorphic-lib/src/types";

const anyDefinition = Type.Optional(Type.Unknown());

export const ListedSegment = Type.Object({
  ...SavedSegmentResource.properties,
  definition: anyDefinition,
});
export type ListedSegment = Static<typeof ListedSegment>;

export const ListedSegments = Type.Object({
  segments: Type.Array(ListedSegment),
});
export type ListedSegments = Static<typeof ListedSegments>;

export const ListedJourney = Type.Object({
  ...SavedJourneyResource.properties,
  definition: anyDefinition,
  draft: anyDefinition,
});
export type ListedJourney = Static<typeof ListedJourney>;

export const ListedJourneys = Type.Object({
  journeys: Type.Array(ListedJourney),
});
export type ListedJourneys = Static<typeof ListedJourneys>;

export const ListedTemplate = Type.Object({
  ...MessageTemplateResource.properties,
  definition: anyDefinition,
  draft: anyDefinition,
});
export type ListedTemplate = Static<typeof ListedTemplate>;

export const ListedTemplates = Type.Object({
  templates: Type.Array(ListedTemplate),
});
export type ListedTemplates = Static<typeof ListedTemplates>;
