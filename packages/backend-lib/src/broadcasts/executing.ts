// A broadcast in one request: its segment, its template and itself, made and begun together. Owns their names and ids, and
// that a request which is sent again finds what the first one made.

import { eq } from "drizzle-orm";
import {
  type BroadcastError,
  type ExecuteBroadcastRequest,
  type ExecuteBroadcastResponse,
  type InWorkspace,
  type MessageTemplateDefinition,
  type SendableChannel,
  type UpsertMessageTemplateError,
  type UpsertSegmentError,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";
import { v5 as uuidv5 } from "uuid";

import { type Transaction } from "../db";
import { broadcast } from "../db/schema";
import { createMessageTemplateIn } from "../messageTemplates";
import { createSegmentIn } from "../segments";
import { insertBroadcast, TAKEN, updateBroadcast } from "./changes";
import { type AskedBy, findForChange, lockBroadcast, violation } from "./moves";
import { type BroadcastRow, isV2, statusOf } from "./rows";
import { startRow } from "./starting";

export type ExecuteBroadcastError =
  BroadcastError | UpsertSegmentError | UpsertMessageTemplateError;

type Request = InWorkspace<ExecuteBroadcastRequest>;

/** Of one that is there already: it was executed, or it is another's. */
function answerFor(
  found: BroadcastRow | undefined,
): Result<ExecuteBroadcastResponse, ExecuteBroadcastError> {
  if (found === undefined || !isV2(found)) {
    return err(TAKEN);
  }
  const status = statusOf(found);
  return status === "Draft" || status === "Scheduled"
    ? err(
        violation(
          `broadcastName: the broadcast of this name is ${status} and not yet begun: start it, or take another name`,
        ),
      )
    : ok({ broadcastId: found.id, broadcastName: found.name });
}

function channelOf({
  type,
}: MessageTemplateDefinition): SendableChannel | undefined {
  return type === "MobilePush" ? undefined : type;
}

/** Makes the parts of the broadcast that was inserted, and begins it. */
async function complete(
  tx: Transaction,
  request: Request,
  { id, channel, by }: { id: string; channel: SendableChannel; by: AskedBy },
): Promise<Result<void, ExecuteBroadcastError>> {
  const { workspaceId, subscriptionGroupId } = request;
  const own = {
    workspaceId,
    name: `Broadcast - ${id}`,
    resourceType: "Internal" as const,
  };
  const segment = await createSegmentIn(tx, {
    ...own,
    definition: request.segmentDefinition,
  });
  if (segment.isErr()) {
    return err(segment.error);
  }
  const template = await createMessageTemplateIn(tx, {
    ...own,
    definition: request.messageTemplateDefinition,
  });
  if (template.isErr()) {
    return err(template.error);
  }
  const inserted = await lockBroadcast(tx, { workspaceId, broadcastId: id });
  if (inserted.isErr()) {
    return err(TAKEN);
  }
  const changed = await updateBroadcast(
    tx,
    inserted.value,
    {
      workspaceId,
      id,
      segmentId: segment.value.id,
      messageTemplateId: template.value.id,
      ...(subscriptionGroupId === undefined ? {} : { subscriptionGroupId }),
      config: { type: "V2", message: { type: channel } },
    },
    by,
  );
  if (changed.isErr()) {
    return err(changed.error);
  }
  const ready = await lockBroadcast(tx, { workspaceId, broadcastId: id });
  return ready.isErr()
    ? err(TAKEN)
    : (await startRow(tx, ready.value, by)).map(() => undefined);
}

/** As executeBroadcast() of the face, in its transaction. */
export async function execute(
  tx: Transaction,
  request: Request,
  by: AskedBy,
): Promise<Result<ExecuteBroadcastResponse, ExecuteBroadcastError>> {
  const { workspaceId, broadcastName, messageTemplateDefinition } = request;
  const id = uuidv5(broadcastName, workspaceId);
  const channel = channelOf(messageTemplateDefinition);
  if (channel === undefined) {
    return err(
      violation(
        "messageTemplateDefinition/type: broadcasts can be sent by Email, Sms and Webhook",
      ),
    );
  }
  // First of all, as it waits for whoever is executing the same.
  const inserted = await insertBroadcast(tx, {
    workspaceId,
    id,
    name: broadcastName,
  });
  if (inserted.isErr()) {
    return err(inserted.error);
  }
  if (inserted.value === undefined) {
    return answerFor(
      await findForChange(tx, workspaceId, eq(broadcast.id, id)),
    );
  }
  const completed = await complete(tx, request, { id, channel, by });
  return completed.map(() => ({
    broadcastId: id,
    broadcastName,
  }));
}
