// The users of a broadcast's next step, and their messages before anything is stored. Owns which users those are, in which
// order, and the ids of their messages; leaves what becomes of them to running.ts.

import {
  type BroadcastConfig,
  type UserResource,
} from "isomorphic-lib/src/types";
import { type Result } from "neverthrow";
import { v5 as uuidv5 } from "uuid";

import {
  type AcceptMessagesError,
  type MessageRecipient,
  type PreparedMessages,
  prepareMessages,
} from "../messages";
import { countUsers, cursorAfter, getUsers } from "../users";
import { RUNNER } from "./moves";
import { type BroadcastRow, configOf, type RunState } from "./rows";

const DEFAULT_BATCH = 500;
/** With a rate limit, about so many seconds' messages are accepted at once. */
const STEP_SECONDS = 5;

/** Which users, as a filter of users.ts. */
const audienceOf = (row: BroadcastRow) => ({
  workspaceId: row.workspaceId,
  ...(row.segmentId === null ? {} : { segmentFilter: [row.segmentId] }),
  ...(row.subscriptionGroupId === null
    ? {}
    : { subscriptionGroupFilter: [row.subscriptionGroupId] }),
});

function stepSize({ batchSize = DEFAULT_BATCH, rateLimit }: BroadcastConfig) {
  return rateLimit === undefined
    ? batchSize
    : Math.min(batchSize, Math.max(1, Math.floor(rateLimit * STEP_SECONDS)));
}

/** The users of one step. */
export interface Page {
  readonly users: readonly UserResource[];
  readonly hasMore: boolean;
  readonly total: number;
}

/** The users that come next, and how many there are in all. */
export async function readPage(
  row: BroadcastRow,
  run: RunState,
): Promise<Page> {
  const audience = audienceOf(row);
  const total = run.total ?? (await countTotal(audience));
  const page = await getUsers({
    ...audience,
    limit: stepSize(configOf(row)),
    ...(run.after === undefined ? {} : { cursor: cursorAfter(run.after) }),
  });
  if (page.isErr()) {
    throw new Error(`a page of users cannot be read: ${page.error.type}`);
  }
  const { users, nextCursor } = page.value;
  return { users, hasMore: nextCursor !== undefined, total };
}

async function countTotal(
  audience: ReturnType<typeof audienceOf>,
): Promise<number> {
  const counted = await countUsers(audience);
  return counted.isErr() ? 0 : counted.value.userCount;
}

/** The id of a broadcast's message to a user: whoever asks again means the same message. */
const messageIdOf = ({ id, workspaceId }: BroadcastRow, userId: string) =>
  uuidv5(`${userId}-${id}`, workspaceId);

function toRecipient(row: BroadcastRow, user: UserResource): MessageRecipient {
  return {
    userId: user.id,
    messageId: messageIdOf(row, user.id),
    properties: Object.fromEntries(
      Object.values(user.properties).map(({ name, value }) => [name, value]),
    ),
  };
}

/** Fills in the template for the users; stores nothing. Errs as prepareMessages() does. */
export async function prepareFor(
  row: BroadcastRow,
  users: readonly UserResource[],
): Promise<Result<PreparedMessages, AcceptMessagesError>> {
  const { workspaceId, id, subscriptionGroupId } = row;
  const { type, providerOverride } = configOf(row).message;
  return prepareMessages({
    workspaceId,
    templateId: row.messageTemplateId ?? id,
    channel: type,
    recipients: users.map((user) => toRecipient(row, user)),
    broadcastId: id,
    ...RUNNER,
    ...(subscriptionGroupId === null ? {} : { subscriptionGroupId }),
    ...(providerOverride === undefined ? {} : { provider: providerOverride }),
  });
}
