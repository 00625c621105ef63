/**
 * User properties (what is computed about each user from traits and events), and the requests and answers of
 * /user-properties and /user-property-indices. Groups are checked further in `userPropertyDefinition.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import { opaqueSchema } from "../opaqueSchema";
import { IdError, InvalidDefinition } from "./apiError";
import {
  ClientId,
  EventPattern,
  IdRequest,
  OptionalWorkspaceId,
  PropertyPath,
  ResourceName,
  ShortText,
  UnixMilliseconds,
  Uuid,
} from "./common";

export const UserPropertyStatus = Type.Union([
  Type.Literal("NotStarted"),
  Type.Literal("Running"),
  Type.Literal("Paused"),
]);
export type UserPropertyStatus = Static<typeof UserPropertyStatus>;

export const IdUserProperty = Type.Object({ type: Type.Literal("Id") });
export type IdUserProperty = Static<typeof IdUserProperty>;
export const AnonymousIdUserProperty = Type.Object({
  type: Type.Literal("AnonymousId"),
});
export type AnonymousIdUserProperty = Static<typeof AnonymousIdUserProperty>;

/** In a group a node needs an id; alone it needs none. */
const optionalId = Type.Optional(ClientId);

export const TraitUserProperty = Type.Object({
  type: Type.Literal("Trait"),
  id: optionalId,
  path: PropertyPath,
});
export type TraitUserProperty = Static<typeof TraitUserProperty>;

export const UserPropertyCondition = Type.Object({
  path: PropertyPath,
  operator: Type.Object({
    type: Type.Literal("Equals"),
    value: Type.Union([ShortText, Type.Number()]),
  }),
});
export type UserPropertyCondition = Static<typeof UserPropertyCondition>;
/** Few, as each is looked at for every user of a list. */
const conditions = Type.Optional(
  Type.Array(UserPropertyCondition, { maxItems: 10 }),
);

export const PerformedUserProperty = Type.Object({
  type: Type.Literal("Performed"),
  id: optionalId,
  event: EventPattern,
  path: PropertyPath,
  skipReCompute: Type.Optional(Type.Boolean()),
  properties: conditions,
});
export type PerformedUserProperty = Static<typeof PerformedUserProperty>;

export const PerformedManyUserProperty = Type.Object({
  type: Type.Literal("PerformedMany"),
  id: optionalId,
  or: Type.Array(Type.Object({ event: EventPattern }), { maxItems: 100 }),
});
export type PerformedManyUserProperty = Static<
  typeof PerformedManyUserProperty
>;

export const KeyedPerformedUserProperty = Type.Object({
  type: Type.Literal("KeyedPerformed"),
  id: optionalId,
  event: EventPattern,
  path: PropertyPath,
  key: PropertyPath,
  properties: conditions,
});
export type KeyedPerformedUserProperty = Static<
  typeof KeyedPerformedUserProperty
>;

export const FileUserProperty = Type.Object({
  type: Type.Literal("File"),
  id: optionalId,
  name: ShortText,
  skipReCompute: Type.Optional(Type.Boolean()),
});
export type FileUserProperty = Static<typeof FileUserProperty>;

/** The first of the children that has a value. */
export const AnyOfUserProperty = Type.Object({
  type: Type.Literal("AnyOf"),
  id: ClientId,
  children: Type.Array(ClientId, { maxItems: 50 }),
});
export type AnyOfUserProperty = Static<typeof AnyOfUserProperty>;

export const GroupUserPropertyNode = Type.Union([
  AnyOfUserProperty,
  TraitUserProperty,
  PerformedUserProperty,
  FileUserProperty,
  KeyedPerformedUserProperty,
]);
export type GroupUserPropertyNode = Static<typeof GroupUserPropertyNode>;

/** `entry` is the id of the node that gives the group its value. */
export const GroupUserProperty = Type.Object({
  type: Type.Literal("Group"),
  entry: ClientId,
  nodes: Type.Array(GroupUserPropertyNode, { maxItems: 50 }),
});
export type GroupUserProperty = Static<typeof GroupUserProperty>;

export const UserPropertyDefinition = Type.Union([
  IdUserProperty,
  AnonymousIdUserProperty,
  TraitUserProperty,
  PerformedUserProperty,
  PerformedManyUserProperty,
  KeyedPerformedUserProperty,
  FileUserProperty,
  GroupUserProperty,
]);
export type UserPropertyDefinition = Static<typeof UserPropertyDefinition>;
export type UserPropertyDefinitionType = UserPropertyDefinition["type"];

/** As the API answers with it. */
export const StoredUserPropertyDefinition = opaqueSchema(
  "StoredUserPropertyDefinition",
  UserPropertyDefinition,
  {
    description: "A UserPropertyDefinition, as in the request that stores it.",
  },
);
export type StoredUserPropertyDefinition = Static<
  typeof StoredUserPropertyDefinition
>;

export const SavedUserPropertyResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  definition: StoredUserPropertyDefinition,
  exampleValue: Type.Optional(Type.String()),
  status: Type.Optional(UserPropertyStatus),
  lastRecomputed: Type.Optional(UnixMilliseconds),
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
  definitionUpdatedAt: UnixMilliseconds,
});
export type SavedUserPropertyResource = Static<
  typeof SavedUserPropertyResource
>;

/** GET /user-properties → 200 */
export const GetUserPropertiesResponse = Type.Object({
  userProperties: Type.Array(SavedUserPropertyResource),
});
export type GetUserPropertiesResponse = Static<
  typeof GetUserPropertiesResponse
>;

/** PUT /user-properties → 200 SavedUserPropertyResource. Found by `id` if given, else by `name`; a new one needs a
 *  definition. */
export const UpsertUserPropertyResource = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  id: Type.Optional(Uuid),
  definition: Type.Optional(UserPropertyDefinition),
  exampleValue: Type.Optional(ShortText),
});
export type UpsertUserPropertyResource = Static<
  typeof UpsertUserPropertyResource
>;

export const UserPropertyAlreadyExists = Type.Object({
  type: Type.Literal("UserPropertyAlreadyExists"),
  message: Type.String(),
});
export type UserPropertyAlreadyExists = Static<
  typeof UserPropertyAlreadyExists
>;
export const ProtectedUserProperty = Type.Object({
  type: Type.Literal("ProtectedUserProperty"),
  message: Type.String(),
});
export type ProtectedUserProperty = Static<typeof ProtectedUserProperty>;
export const UpsertUserPropertyError = Type.Union([
  UserPropertyAlreadyExists,
  ProtectedUserProperty,
  IdError,
  InvalidDefinition,
]);
export type UpsertUserPropertyError = Static<typeof UpsertUserPropertyError>;

/** DELETE /user-properties, in the body → 204; 404, also for a protected one. */
export const DeleteUserPropertyRequest = IdRequest;
export type DeleteUserPropertyRequest = Static<
  typeof DeleteUserPropertyRequest
>;

/** PATCH /user-properties/status → 200 SavedUserPropertyResource */
export const UpdateUserPropertyStatusRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Uuid,
  status: UserPropertyStatus,
});
export type UpdateUserPropertyStatusRequest = Static<
  typeof UpdateUserPropertyStatusRequest
>;

export const UpdateUserPropertyStatusError = Type.Object({
  type: Type.Union([
    Type.Literal("ProtectedUserProperty"),
    Type.Literal("NotFound"),
  ]),
  message: Type.String(),
});
export type UpdateUserPropertyStatusError = Static<
  typeof UpdateUserPropertyStatusError
>;

export const UserPropertyIndexType = Type.Union([
  Type.Literal("String"),
  Type.Literal("Number"),
  Type.Literal("Date"),
]);
export type UserPropertyIndexType = Static<typeof UserPropertyIndexType>;

export const UserPropertyIndexResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  userPropertyId: Uuid,
  type: UserPropertyIndexType,
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
});
export type UserPropertyIndexResource = Static<
  typeof UserPropertyIndexResource
>;

/** GET /user-property-indices → 200, a bare array */
export const GetUserPropertyIndicesResponse = Type.Array(
  UserPropertyIndexResource,
);
export type GetUserPropertyIndicesResponse = Static<
  typeof GetUserPropertyIndicesResponse
>;

/** PUT /user-property-indices → 204 */
export const UpsertUserPropertyIndexRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userPropertyId: Uuid,
  type: UserPropertyIndexType,
});
export type UpsertUserPropertyIndexRequest = Static<
  typeof UpsertUserPropertyIndexRequest
>;

/** DELETE /user-property-indices, in the body → 204 */
export const DeleteUserPropertyIndexRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userPropertyId: Uuid,
});
export type DeleteUserPropertyIndexRequest = Static<
  typeof DeleteUserPropertyIndexRequest
>;
