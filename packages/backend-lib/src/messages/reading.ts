// Looking at messages: how many are in which state. Owns nothing else.

import { and, count, eq } from "drizzle-orm";
import { type MessageState } from "isomorphic-lib/src/types";

import { type Database, db } from "../db";
import { message } from "../db/schema";

/** How many messages of the broadcast are in each state; states that none is in are left out. */
export async function countMessages(
  {
    workspaceId,
    broadcastId,
  }: { readonly workspaceId: string; readonly broadcastId: string },
  { reader = db() }: { readonly reader?: Pick<Database, "select"> } = {},
): Promise<Partial<Record<MessageState, number>>> {
  const rows = await reader
    .select({ state: message.state, messages: count() })
    .from(message)
    .where(
      and(
        eq(message.workspaceId, workspaceId),
        eq(message.broadcastId, broadcastId),
      ),
    )
    .groupBy(message.state);
  return Object.fromEntries(rows.map((row) => [row.state, row.messages]));
}
