/**
 * Events as clients send them to /api/public/apps/*. A workspace id in these bodies is ignored: the write key says it.
 */
import { type Static, Type } from "@sinclair/typebox";

import { ClientId, IsoTimestamp, JsonObject, ShortText } from "./common";

/** An event is somebody's: of a user, of somebody not yet known, or of both. */
const Identity = Type.Union([
  Type.Object({ userId: ClientId }),
  Type.Object({ anonymousId: ClientId }),
]);

/** `messageId` makes an event count once, however often it is sent. Without a timestamp the event happens on arrival. */
const common = {
  messageId: ClientId,
  timestamp: Type.Optional(IsoTimestamp),
  context: Type.Optional(JsonObject),
  userId: Type.Optional(ClientId),
  anonymousId: Type.Optional(ClientId),
};

/** A file that comes with a track event, in base64. */
export const AppFile = Type.Object({
  type: Type.Literal("Base64Encoded"),
  name: Type.String({ minLength: 1, maxLength: 255 }),
  mimeType: Type.String({ maxLength: 255 }),
  data: Type.String({ maxLength: 100_000_000 }),
});
export type AppFile = Static<typeof AppFile>;

const identifyFields = { traits: Type.Optional(JsonObject) };
const trackFields = {
  event: ClientId,
  properties: Type.Optional(JsonObject),
  files: Type.Optional(Type.Array(AppFile, { maxItems: 100 })),
};
const pageFields = {
  name: Type.Optional(Type.String({ maxLength: 255 })),
  properties: Type.Optional(JsonObject),
};
/** `assigned` defaults to true: the user joins the group; false: leaves it. */
const groupFields = {
  groupId: ClientId,
  assigned: Type.Optional(Type.Boolean()),
  traits: Type.Optional(JsonObject),
};

/** POST /identify → 204 */
export const IdentifyData = Type.Intersect([
  Type.Object({ ...common, ...identifyFields }),
  Identity,
]);
export type IdentifyData = Static<typeof IdentifyData>;

/** POST /track → 204 */
export const TrackData = Type.Intersect([
  Type.Object({ ...common, ...trackFields }),
  Identity,
]);
export type TrackData = Static<typeof TrackData>;

/** POST /page → 204 */
export const PageData = Type.Intersect([
  Type.Object({ ...common, ...pageFields }),
  Identity,
]);
export type PageData = Static<typeof PageData>;

/** POST /screen → 204 */
export const ScreenData = PageData;
export type ScreenData = Static<typeof ScreenData>;

/** POST /group → 204 */
export const GroupData = Type.Intersect([
  Type.Object({ ...common, ...groupFields }),
  Identity,
]);
export type GroupData = Static<typeof GroupData>;

/** POST /alias → always 400, as in Dittofeed: merging users is not offered. The shape is for the documentation. */
export const AliasData = Type.Object({
  messageId: ClientId,
  userId: ClientId,
  previousId: ClientId,
  timestamp: Type.Optional(IsoTimestamp),
  context: Type.Optional(JsonObject),
});
export type AliasData = Static<typeof AliasData>;

export const BatchIdentifyData = Type.Intersect([
  Type.Object({
    type: Type.Literal("identify"),
    ...common,
    ...identifyFields,
  }),
  Identity,
]);
export type BatchIdentifyData = Static<typeof BatchIdentifyData>;
export const BatchTrackData = Type.Intersect([
  Type.Object({ type: Type.Literal("track"), ...common, ...trackFields }),
  Identity,
]);
export type BatchTrackData = Static<typeof BatchTrackData>;
export const BatchPageData = Type.Intersect([
  Type.Object({ type: Type.Literal("page"), ...common, ...pageFields }),
  Identity,
]);
export type BatchPageData = Static<typeof BatchPageData>;
export const BatchScreenData = Type.Intersect([
  Type.Object({ type: Type.Literal("screen"), ...common, ...pageFields }),
  Identity,
]);
export type BatchScreenData = Static<typeof BatchScreenData>;
export const BatchGroupData = Type.Intersect([
  Type.Object({ type: Type.Literal("group"), ...common, ...groupFields }),
  Identity,
]);
export type BatchGroupData = Static<typeof BatchGroupData>;

export const BatchItem = Type.Union([
  BatchIdentifyData,
  BatchTrackData,
  BatchPageData,
  BatchScreenData,
  BatchGroupData,
]);
export type BatchItem = Static<typeof BatchItem>;

/** POST /batch → 204. One bad item refuses the whole request. The context is merged into each item's; the item wins. */
export const BatchAppData = Type.Object({
  batch: Type.Array(BatchItem, { maxItems: 10_000 }),
  context: Type.Optional(JsonObject),
});
export type BatchAppData = Static<typeof BatchAppData>;

/** 401: the write key is none, or its workspace takes no events. */
export const WriteKeyError = Type.Union([
  Type.Literal("InvalidWriteKey"),
  Type.Literal("WorkspaceIneligible"),
]);
export type WriteKeyError = Static<typeof WriteKeyError>;

/** The header of every ingestion request. */
export const WriteKeyHeaders = Type.Object({
  authorization: ShortText,
});
export type WriteKeyHeaders = Static<typeof WriteKeyHeaders>;
