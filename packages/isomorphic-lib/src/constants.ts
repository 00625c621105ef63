/**
 * The numbers and names that several packages must agree on: limits of a request body, header names, reserved
 * secret and user property names. What a deployment may change lives in `backend-lib/src/config.ts` instead.
 */

/** Largest request body, in bytes, unless `API_BODY_LIMIT` says otherwise: 5 MiB. */
export const DEFAULT_BODY_LIMIT_BYTES = 5 * 1024 * 1024;

/** How deep arrays and objects of a request may nest; a bare scalar has depth 0, `{}` and `[]` have depth 1. */
export const MAX_JSON_DEPTH = 64;

/** How many fields of a refused request are named at most. */
export const MAX_FIELD_ERRORS = 20;

/** Longest id of a user, message, group or node, and longest name of an event or a resource, in UTF-16 code units.
 *  Two such strings and a UUID still fit into one row of a Postgres B-tree (2704 bytes) at 4 bytes a character. */
export const MAX_ID_LENGTH = 255;

/** Names of HTTP headers, in lower case as Node delivers them. */
export const WORKSPACE_ID_HEADER = "df-workspace-id";
export const WORKSPACE_ID_HEADER_ALIAS = "workspace-id";
/** The query parameter accepted beside `workspaceId`. */
export const WORKSPACE_ID_QUERY_ALIAS = "workspace-id";
export const AUTHORIZATION_HEADER = "authorization";

/** Where a child reference of a journey leaves the journey. */
export const JOURNEY_EXIT_NODE_ID = "ExitNode";

/** A new workspace's names. */
export const DEFAULT_WORKSPACE_NAME = "Default";
export const DEFAULT_WRITE_KEY_NAME = "default-write-key";
export const ADMIN_API_KEY_SECRET_PREFIX = "df-admin-api-key-";
/** Signs what a workspace's webhook is told of its quotas. Neither read nor changed as a secret. */
export const QUOTA_WEBHOOK_SECRET_NAME = "df-quota-webhook";
/** A tombstoned workspace's name starts with this, so no live one may. */
export const TOMBSTONED_NAME_PREFIX = "DfTombstoned";

/** The names under which providers and features keep their `"Secret"` rows. */
export const SECRET_NAMES = {
  Twilio: "twilio-key",
  SignalWire: "signalwire",
  SendGrid: "sendgrid",
  AmazonSes: "amazonses",
  Resend: "resend",
  PostMark: "postmark",
  MailChimp: "mailchimp",
  Fcm: "fcm-key",
  Smtp: "smtp",
  Subscription: "subscription-key",
  Webhook: "webhook-channel",
  SmsTest: "SmsTestProvider",
  EmailTest: "EmailTestProvider",
  ViewInBrowser: "view-in-browser-key",
} as const;

/** User properties that exist in every workspace and can be neither changed nor deleted. */
export const PROTECTED_USER_PROPERTY_NAMES: ReadonlySet<string> = new Set([
  "id",
  "anonymousId",
]);

/** The user property that says where a channel reaches a user. */
export const CHANNEL_IDENTIFIERS = {
  Email: "email",
  Sms: "phone",
  MobilePush: "deviceToken",
} as const;
