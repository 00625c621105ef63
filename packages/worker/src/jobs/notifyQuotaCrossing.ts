// Tells a workspace of a threshold that was crossed, or left behind. The database asks for it, once for each; what it does
// is in backend-lib's quotaNotifications.ts. Tried again with longer and longer pauses, for about 14 hours.

import { Type } from "@sinclair/typebox";
import { notifyQuotaCrossing } from "backend-lib/src/quotaNotifications";
import { QuotaCrossingState, Uuid } from "isomorphic-lib/src/types";

import { tenantTask } from "../tenantTask";

/** The webhook was not told; the message names no more of its URL than the host. */
export class WebhookNotTold extends Error {
  override readonly name = "WebhookNotTold";
}

export const notifyQuotaCrossingTask = tenantTask(
  Type.Object({ crossingId: Uuid, state: QuotaCrossingState }),
  async ({ workspaceId, input, attempts }) => {
    const told = await notifyQuotaCrossing({
      workspaceId,
      ...input,
      isFirstAttempt: attempts === 1,
    });
    if (told.isErr()) {
      throw new WebhookNotTold(`${told.error.type}: ${told.error.message}`);
    }
  },
);
