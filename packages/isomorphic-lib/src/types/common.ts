/**
 * The building blocks that the schemas of every domain share: ids, names, timestamps, free-form JSON.
 * Only here are the bounds of ids and names decided. Importing it registers the string formats.
 */
import "../formats";

import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { MAX_ID_LENGTH } from "../constants";

/** The id of a database row: a UUID of any version. Compare case-insensitively: Postgres answers in lower case. */
export const Uuid = Type.String({ format: "uuid" });
export type Uuid = Static<typeof Uuid>;

/** The workspace a request is for. Optional, as a client may name it in a header instead; the API resolves it and
 *  refuses a request whose sources disagree. */
export const OptionalWorkspaceId = Type.Optional(
  Type.String({
    format: "uuid",
    description:
      "The workspace. May be given in the body, the query or the header df-workspace-id; all that are given must agree.",
  }),
);

/** A request as a service takes it: the workspace is resolved, so no longer optional. */
export type InWorkspace<T> = T extends unknown
  ? Omit<T, "workspaceId"> & { workspaceId: string }
  : never;

/** The name of a resource, unique in its workspace. */
export const ResourceName = Type.String({
  minLength: 1,
  maxLength: MAX_ID_LENGTH,
});
export type ResourceName = Static<typeof ResourceName>;

/** An id that clients choose: of a user, a message, a group, a node. */
export const ClientId = Type.String({
  minLength: 1,
  maxLength: MAX_ID_LENGTH,
});
export type ClientId = Static<typeof ClientId>;

/** A resource named inside a definition; empty while an editor's user has not chosen one yet. */
export const ReferenceId = Type.String({ maxLength: MAX_ID_LENGTH });
export type ReferenceId = Static<typeof ReferenceId>;

/** The name of an event inside a definition; empty while an editor's user has not chosen one yet, and `*` at the end
 *  matches by prefix. */
export const EventPattern = Type.String({ maxLength: MAX_ID_LENGTH });
export type EventPattern = Static<typeof EventPattern>;

/** A path into traits or properties, such as `address.city` or `$.items[0].sku`; empty as above. */
export const PropertyPath = Type.String({ maxLength: 1000 });
export type PropertyPath = Static<typeof PropertyPath>;

/** A short line of text: a title, a label, a template's header. */
export const ShortText = Type.String({ maxLength: 10_000 });
export type ShortText = Static<typeof ShortText>;

/** A long text: a message body. Bytes are bounded by the body limit anyway. */
export const LongText = Type.String({ maxLength: 4_000_000 });
export type LongText = Static<typeof LongText>;

/** A span of time in seconds, at most a hundred years. */
export const DurationSeconds = Type.Number({
  minimum: 0,
  maximum: 3_155_760_000,
});
export type DurationSeconds = Static<typeof DurationSeconds>;

/** How often something happened. */
export const Times = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
export type Times = Static<typeof Times>;

/** A moment, as Unix time in milliseconds: the form of every timestamp on the wire that is a number. JavaScript's
 *  Date reaches no further than this. */
export const UnixMilliseconds = Type.Number({
  minimum: -8_640_000_000_000_000,
  maximum: 8_640_000_000_000_000,
});
export type UnixMilliseconds = Static<typeof UnixMilliseconds>;

/** A moment, as ISO 8601 text; without an offset it is UTC. Read it with `parseTimestamp`. */
export const IsoTimestamp = Type.String({ format: "date-time", maxLength: 64 });
export type IsoTimestamp = Static<typeof IsoTimestamp>;

/** Free-form JSON object: traits, properties, context. Depth and strings are bounded by the check of the whole body. */
export const JsonObject = Type.Record(Type.String(), Type.Unknown(), {
  maxProperties: 1000,
});
export type JsonObject = Static<typeof JsonObject>;

/** The schema or JSON null. */
export const Nullable = <T extends TSchema>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Who made a resource: people, or the host for its own ends (hidden in lists of the dashboard). */
export const ResourceType = Type.Union([
  Type.Literal("Declarative"),
  Type.Literal("Internal"),
]);
export type ResourceType = Static<typeof ResourceType>;

export const ChannelType = Type.Union([
  Type.Literal("Email"),
  Type.Literal("MobilePush"),
  Type.Literal("Sms"),
  Type.Literal("Webhook"),
]);
export type ChannelType = Static<typeof ChannelType>;

/** A list of row ids in a query or a body. */
export const UuidList = Type.Array(Uuid, { maxItems: 1000 });
export type UuidList = Static<typeof UuidList>;

/** A request that names nothing but its workspace. */
export const WorkspaceRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
});
export type WorkspaceRequest = Static<typeof WorkspaceRequest>;

/** A request that names one row. */
export const IdRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Uuid,
});
export type IdRequest = Static<typeof IdRequest>;
