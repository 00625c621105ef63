// A valid call of every route, made of what a world holds: with one's own world it succeeds, with a stranger's it is a probe.
// Owns the table; a route that is not in it fails the probe, which says so.

import {
  emailNode,
  emailTemplate,
  segmentJourney,
  smsTemplate,
  traitSegment,
} from "backend-lib/test/definitions";

import { type World } from "./world";

export interface SampleCall {
  readonly body?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** What fills the parameters of the path. */
  readonly params?: Readonly<Record<string, string>>;
}

/** `fresh` is a text that nobody has used yet, for the names of what a call makes. */
type Sample = (world: World, fresh: string) => SampleCall;

const none: Sample = () => ({});

const users: Sample = (w) => ({
  body: {
    segmentFilter: [w.segmentId],
    negativeSegmentFilter: [w.manualSegmentId],
    subscriptionGroupFilter: [w.subscriptionGroupId],
    negativeSubscriptionGroupFilter: [w.subscriptionGroupId],
    unsubscribedFromFilter: [w.subscriptionGroupId],
    userPropertyFilter: [{ id: w.userPropertyId, values: [w.userId] }],
    userIds: [w.userId],
  },
});
const event = (w: World, fresh: string) => ({
  messageId: fresh,
  userId: w.userId,
});
const sent =
  (extra: (w: World) => object): Sample =>
  (w, fresh) => ({
    body: { ...event(w, fresh), workspaceId: w.workspaceId, ...extra(w) },
  });
const broadcast: Sample = (w) => ({ body: { broadcastId: w.broadcastId } });
const permission: Sample = (w) => ({
  body: { email: w.email, role: "Author" },
});

/** By method and path below /api or /api/admin. */
export const SAMPLE_CALLS: Readonly<Record<string, Sample>> = {
  "GET /session": none,

  "GET /segments": (w) => ({ query: { ids: [w.segmentId] } }),
  "PUT /segments": (w, fresh) => ({
    body: { id: w.segmentId, name: fresh, definition: traitSegment() },
  }),
  "POST /segments": (w, fresh) => ({
    body: {
      name: fresh,
      definition: {
        entryNode: {
          type: "SubscriptionGroup",
          id: "entry",
          subscriptionGroupId: w.subscriptionGroupId,
          subscriptionGroupType: "OptIn",
        },
        nodes: [],
      },
    },
  }),
  "PATCH /segments/status": (w) => ({
    body: { id: w.segmentId, status: "Paused" },
  }),
  "DELETE /segments": (w) => ({ body: { id: w.segmentId } }),
  "DELETE /segments/v2": (w) => ({ query: { id: w.segmentId } }),
  "POST /segments/manual-segment/update": (w) => ({
    body: { segmentId: w.manualSegmentId, userIds: [w.userId] },
  }),
  "POST /segments/manual-segment/clear": (w) => ({
    body: { segmentId: w.manualSegmentId },
  }),
  "GET /segments/manual-segment/status": (w) => ({
    query: { segmentId: w.manualSegmentId },
  }),

  "GET /journeys": (w) => ({ query: { ids: [w.journeyId] } }),
  "PUT /journeys": (w, fresh) => ({
    body: { id: w.journeyId, name: fresh },
  }),
  "POST /journeys": (w, fresh) => ({
    body: {
      name: fresh,
      definition: segmentJourney(w.segmentId, [
        emailNode(w.templateId, w.subscriptionGroupId),
      ]),
    },
  }),
  "DELETE /journeys": (w) => ({ body: { id: w.journeyId } }),
  "DELETE /journeys/v2": (w) => ({ query: { id: w.journeyId } }),

  "GET /content/templates": (w) => ({ query: { ids: [w.templateId] } }),
  "PUT /content/templates": (w, fresh) => ({
    body: { id: w.templateId, name: fresh, definition: smsTemplate() },
  }),
  "POST /content/templates": (_, fresh) => ({
    body: { name: fresh, definition: smsTemplate() },
  }),
  "POST /content/templates/batch-send": (w, fresh) => ({
    body: {
      templateId: w.templateId,
      channel: "Sms",
      subscriptionGroupId: w.subscriptionGroupId,
      users: [
        { id: w.userId, messageId: fresh, properties: { phone: "+15550100" } },
      ],
    },
  }),
  "DELETE /content/templates": (w) => ({
    body: { id: w.templateId, type: "Sms" },
  }),
  "DELETE /content/templates/v2": (w) => ({
    query: { id: w.templateId, type: "Sms" },
  }),

  "GET /broadcasts": (w) => ({ query: { ids: [w.broadcastId] } }),
  "PUT /broadcasts/v2": (w, fresh) => ({
    body: {
      id: w.broadcastId,
      name: fresh,
      segmentId: w.segmentId,
      messageTemplateId: w.templateId,
      config: { type: "V2", message: { type: "Sms" } },
    },
  }),
  "PUT /broadcasts": (w, fresh) => ({
    body: { id: w.oldBroadcastId, name: fresh },
  }),
  "PUT /broadcasts/archive": broadcast,
  "PUT /broadcasts/recompute-segment": broadcast,
  "POST /broadcasts/start": broadcast,
  "POST /broadcasts/pause": broadcast,
  "POST /broadcasts/resume": broadcast,
  "POST /broadcasts/cancel": broadcast,
  "POST /broadcasts/execute": (w, fresh) => ({
    body: {
      broadcastName: fresh,
      segmentDefinition: traitSegment(),
      messageTemplateDefinition: emailTemplate(),
      subscriptionGroupId: w.subscriptionGroupId,
    },
  }),

  "GET /user-properties": none,
  "PUT /user-properties": (w, fresh) => ({
    body: {
      id: w.userPropertyId,
      name: fresh,
      definition: { type: "Trait", path: "plan" },
    },
  }),
  "PATCH /user-properties/status": (w) => ({
    body: { id: w.userPropertyId, status: "Paused" },
  }),
  "DELETE /user-properties": (w) => ({ body: { id: w.userPropertyId } }),
  "GET /user-property-indices": none,
  "PUT /user-property-indices": (w) => ({
    body: { userPropertyId: w.userPropertyId, type: "Number" },
  }),
  "DELETE /user-property-indices": (w) => ({
    body: { userPropertyId: w.userPropertyId },
  }),

  "GET /subscription-groups": none,
  "PUT /subscription-groups": (w, fresh) => ({
    body: {
      id: w.subscriptionGroupId,
      name: fresh,
      channel: "Email",
      type: "OptIn",
    },
  }),
  "PUT /subscription-groups/assignments": (w) => ({
    body: {
      userUpdates: [
        { userId: w.userId, changes: { [w.subscriptionGroupId]: true } },
      ],
    },
  }),
  "DELETE /subscription-groups": (w) => ({
    body: { id: w.subscriptionGroupId },
  }),

  "POST /users": users,
  "POST /users/count": users,
  "GET /users/subscriptions": (w) => ({ query: { userId: w.userId } }),
  "DELETE /users": (w) => ({ body: { userIds: [w.userId] } }),
  "DELETE /users/v2": (w) => ({ query: { userIds: [w.userId] } }),

  "GET /events": (w) => ({
    query: {
      userId: w.userId,
      messageId: [w.messageId],
      searchTerm: w.tag,
      journeyId: w.journeyId,
      broadcastId: w.broadcastId,
    },
  }),
  "GET /events/traits": none,
  "GET /events/properties": none,

  "GET /settings/data-sources": none,
  "PUT /settings/data-sources": (_, fresh) => ({
    body: { variant: { type: "SegmentIO", sharedSecret: fresh } },
  }),
  "DELETE /settings/data-sources": () => ({ query: { type: "SegmentIO" } }),
  "PUT /settings/email-providers": (_, fresh) => ({
    body: { config: { type: "SendGrid", apiKey: fresh } },
  }),
  "PUT /settings/email-providers/default": (w) => ({
    body: { emailProviderId: w.emailProviderId, fromAddress: null },
  }),
  "PUT /settings/sms-providers": (_, fresh) => ({
    body: { config: { type: "Twilio", authToken: fresh } },
  }),
  "PUT /settings/sms-providers/default": (w) => ({
    body: { smsProviderId: w.smsProviderId },
  }),
  "GET /settings/write-keys": none,
  "PUT /settings/write-keys": (w) => ({
    body: { writeKeyName: w.writeKeyName },
  }),
  "DELETE /settings/write-keys": (w) => ({
    body: { writeKeyName: w.writeKeyName },
  }),

  "GET /quotas": none,
  "PUT /quotas": () => ({ body: { maxSegments: 900 } }),
  "DELETE /quotas": none,
  "POST /quotas/validate": () => ({ body: { resourceType: "segments" } }),
  "GET /quotas/usage": none,
  "GET /quotas/history": () => ({ query: { resourceType: "segments" } }),
  "POST /quotas/simulate": () => ({ body: { limits: { maxUsers: 1 } } }),
  "GET /quotas/notifications": none,
  "PUT /quotas/notifications": (_, fresh) => ({
    // A host that never exists: RFC 6761.
    body: { webhookUrl: `https://webhook.invalid/${fresh}` },
  }),
  "POST /quotas/notifications/secret": () => ({ body: {} }),
  "POST /quotas/notifications/test": () => ({ body: {} }),
  "GET /quotas/crossings": none,
  "GET /quotas/held-events": (w) => ({ query: { userId: w.userId } }),
  "DELETE /quotas/held-events": (w) => ({ body: { userId: w.userId } }),
  "POST /quotas/held-events/admit": () => ({ body: {} }),

  "GET /secrets": (w) => ({ query: { names: [w.secretName] } }),
  "PUT /secrets": (w, fresh) => ({
    body: { name: w.secretName, value: fresh },
  }),
  "DELETE /secrets": (w) => ({ query: { id: w.secretId } }),
  "GET /admin-keys": none,
  "POST /admin-keys": (_, fresh) => ({ body: { name: fresh } }),
  "DELETE /admin-keys": (w) => ({ query: { id: w.adminApiKeyId } }),
  "GET /permissions": none,
  "POST /permissions": (_, fresh) => ({
    body: { email: `${fresh}@example.com`, role: "Viewer" },
  }),
  "PUT /permissions": permission,
  "DELETE /permissions": (w) => ({ body: { email: w.email } }),
};

/** By method and path below /api/public/apps. */
export const WRITE_KEY_CALLS: Readonly<Record<string, Sample>> = {
  "POST /identify": sent((w) => ({ traits: { email: w.email } })),
  "POST /track": sent(() => ({ event: "Tried" })),
  "POST /page": sent(() => ({ name: "Page" })),
  "POST /screen": sent(() => ({ name: "Screen" })),
  "POST /group": sent((w) => ({ groupId: w.userId })),
  "POST /batch": (w, fresh) => ({
    body: {
      workspaceId: w.workspaceId,
      batch: [{ ...event(w, fresh), type: "track", event: "Tried" }],
    },
  }),
};
