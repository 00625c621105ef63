/**
 * The face of `types/`: the one import path for every schema and the type of the same name.
 */
export * from "./types/adminApiKey";
export * from "./types/apiError";
export * from "./types/broadcast";
export * from "./types/common";
export * from "./types/event";
export * from "./types/health";
export * from "./types/heldEvent";
export * from "./types/ingestion";
export * from "./types/journey";
export * from "./types/journeyApi";
export * from "./types/member";
export * from "./types/message";
export * from "./types/messageTemplate";
export * from "./types/quota";
export * from "./types/quotaApi";
export * from "./types/quotaError";
export * from "./types/quotaNotification";
export * from "./types/secret";
export * from "./types/segment";
export * from "./types/segmentApi";
export * from "./types/segmentOperator";
export * from "./types/session";
export * from "./types/settings";
export * from "./types/subscriptionGroup";
export * from "./types/user";
export * from "./types/userProperty";
export * from "./types/workspace";
