/**
 * The requests and answers of /api/journeys and /api/admin/journeys.
 */
import { type Static, Type } from "@sinclair/typebox";

import { opaqueSchema } from "../opaqueSchema";
import {
  BadValues,
  IdError,
  InvalidDefinition,
  ProtectedResource,
  UniqueConstraintViolation,
} from "./apiError";
import {
  IdRequest,
  Nullable,
  OptionalWorkspaceId,
  ResourceName,
  ResourceType,
  UnixMilliseconds,
  Uuid,
  UuidList,
} from "./common";
import { JourneyDefinition, JourneyDraft, JourneyStatus } from "./journey";

/** What a list with `getPartial` holds. */
export const PartialJourneyResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  status: JourneyStatus,
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
});
export type PartialJourneyResource = Static<typeof PartialJourneyResource>;

/** As the API answers with it. */
export const StoredJourneyDefinition = opaqueSchema(
  "StoredJourneyDefinition",
  JourneyDefinition,
  {
    description: "A JourneyDefinition, as in the request that stores it.",
  },
);
export type StoredJourneyDefinition = Static<typeof StoredJourneyDefinition>;

/** As the API answers with it. */
export const StoredJourneyDraft = opaqueSchema(
  "StoredJourneyDraft",
  JourneyDraft,
  {
    description: "A JourneyDraft, as in the request that stores it.",
  },
);
export type StoredJourneyDraft = Static<typeof StoredJourneyDraft>;

/** A journey of any status but NotStarted has a definition. */
export const SavedJourneyResource = Type.Object({
  ...PartialJourneyResource.properties,
  definition: Type.Optional(StoredJourneyDefinition),
  draft: Type.Optional(StoredJourneyDraft),
  canRunMultiple: Type.Optional(Type.Boolean()),
});
export type SavedJourneyResource = Static<typeof SavedJourneyResource>;

/** GET /journeys, in the query */
export const GetJourneysRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  ids: Type.Optional(UuidList),
  resourceType: Type.Optional(ResourceType),
  getPartial: Type.Optional(Type.Boolean()),
});
export type GetJourneysRequest = Static<typeof GetJourneysRequest>;

/** With `getPartial` the items have no definition and no draft. */
export const GetJourneysResponse = Type.Object({
  journeys: Type.Array(SavedJourneyResource),
});
export type GetJourneysResponse = Static<typeof GetJourneysResponse>;

/** PUT /journeys → 200 SavedJourneyResource. Found by `id` if given, else by `name`; without either it is refused as
 *  BadValues. A definition clears the draft; `draft: null` does so too. */
export const UpsertJourneyResource = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Type.Optional(Uuid),
  name: Type.Optional(ResourceName),
  definition: Type.Optional(JourneyDefinition),
  draft: Type.Optional(Nullable(JourneyDraft)),
  status: Type.Optional(JourneyStatus),
  canRunMultiple: Type.Optional(Type.Boolean()),
});
export type UpsertJourneyResource = Static<typeof UpsertJourneyResource>;

/** POST /journeys → 201 SavedJourneyResource; 409 when the name or id is taken. */
export const CreateJourneyRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  id: Type.Optional(Uuid),
  definition: Type.Optional(JourneyDefinition),
  draft: Type.Optional(Nullable(JourneyDraft)),
  status: Type.Optional(JourneyStatus),
  canRunMultiple: Type.Optional(Type.Boolean()),
});
export type CreateJourneyRequest = Static<typeof CreateJourneyRequest>;

/** A started journey cannot become NotStarted again, one that was never started cannot be Paused. */
export const StatusTransitionError = Type.Object({
  type: Type.Literal("StatusTransitionError"),
  message: Type.String(),
});
export type StatusTransitionError = Static<typeof StatusTransitionError>;

export const JourneyConstraintViolationType = Type.Union([
  Type.Literal("WaitForNodeAndEventEntryNode"),
  Type.Literal("KeyedPerformedSegmentEntryNode"),
  Type.Literal("CantStart"),
]);
export type JourneyConstraintViolationType = Static<
  typeof JourneyConstraintViolationType
>;

export const JourneyConstraintViolation = Type.Object({
  type: JourneyConstraintViolationType,
  message: Type.String(),
});
export type JourneyConstraintViolation = Static<
  typeof JourneyConstraintViolation
>;

/** The journey is well-formed but could not run like this. */
export const JourneyConstraintViolationError = Type.Object({
  type: Type.Literal("ConstraintViolation"),
  message: Type.String(),
  violations: Type.Array(JourneyConstraintViolation),
});
export type JourneyConstraintViolationError = Static<
  typeof JourneyConstraintViolationError
>;

export const UpsertJourneyError = Type.Union([
  IdError,
  BadValues,
  UniqueConstraintViolation,
  StatusTransitionError,
  JourneyConstraintViolationError,
  InvalidDefinition,
  ProtectedResource,
]);
export type UpsertJourneyError = Static<typeof UpsertJourneyError>;

/** DELETE /journeys (in the body) and /journeys/v2 (in the query) → 204; 404 */
export const DeleteJourneyRequest = IdRequest;
export type DeleteJourneyRequest = Static<typeof DeleteJourneyRequest>;
