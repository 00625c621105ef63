// One event on its way to a workspace's webhook, in the form of Standard Webhooks (its specification 1.0.0). Owns the headers
// and the signature; leaves the settings, and when it is tried again, to the face.

import { type QuotaWebhookEvent } from "isomorphic-lib/src/types";
import { type Result } from "neverthrow";
import { Webhook } from "standardwebhooks";

import { clock } from "../clock";
import {
  sendWebhook,
  type WebhookAnswer,
  type WebhookFailure,
  type WebhookRequestNeeds,
} from "../webhookRequest";

export interface Delivery {
  readonly url: string;
  /** Signs with each, so that a receiver which knows one of them is content. */
  readonly secrets: readonly string[];
  /** The event's own, the same at every attempt: receivers know a repeat by it. */
  readonly webhookId: string;
  readonly event: QuotaWebhookEvent;
}

/** Sends the event once. The timestamp that is signed is that of the attempt, against replays; the event's is in its body. */
export async function deliver(
  { url, secrets, webhookId, event }: Delivery,
  needs: WebhookRequestNeeds = {},
): Promise<Result<WebhookAnswer, WebhookFailure>> {
  const body = JSON.stringify(event);
  const sentAt = clock().now();
  return sendWebhook(
    {
      url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Dittofeed-Webhooks/1",
        "webhook-id": webhookId,
        "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
        "webhook-signature": secrets
          .map((each) => new Webhook(each).sign(webhookId, sentAt, body))
          .join(" "),
      },
      body,
    },
    needs,
  );
}
