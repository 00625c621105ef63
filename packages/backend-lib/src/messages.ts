// FACE of messages/: what is sent to users, from asking for it to its end. Owns "Message": that one messageId is accepted
// once, that each message is handed to a provider at most once, and that it counts once against the month's messages.
// Leaves what a template is to messageTemplates.ts, and whom to write to, and when, to those who ask.
//
// A message is filled in when it is accepted, so that what is stored is what is sent. As in Dittofeed, values are not
// escaped: a template whose values come from strangers writes `{{ user.name | escape }}`.

import {
  type BadValues,
  type MessageResult,
  type NotFound,
  type QuotaExceeded,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { inTransaction, type Transaction } from "./db";
import {
  type AcceptMessagesInput,
  prepare,
  type PreparedMessages,
} from "./messages/preparing";
import {
  type AcceptedMessages,
  announce,
  restated,
  store,
} from "./messages/storing";

export { cancelMessages, deliverMessages } from "./messages/delivering";
export {
  type AcceptMessagesInput,
  type MessageRecipient,
  type PreparedMessages,
} from "./messages/preparing";
export { countMessages } from "./messages/reading";
export { type AcceptedMessages } from "./messages/storing";

/** The template is not the workspace's, or cannot be sent in this channel; the group or the provider is none. */
export type AcceptMessagesError = NotFound | BadValues;

/**
 * Fills in the template for each recipient and looks who is to be left out; stores nothing, so that it can be done before
 * a transaction: of 1,000 recipients it may take seconds. Err NotFound when the workspace has no such template, BadValues
 * when it has no definition or one of another channel, or there is no such subscription group or provider.
 */
export async function prepareMessages(
  input: AcceptMessagesInput,
): Promise<Result<PreparedMessages, AcceptMessagesError>> {
  return prepare(input);
}

/**
 * Stores what was prepared, as far as the month's messages last, in the order of the recipients, and asks the worker to
 * send it when `tx` commits. Answers one result a recipient, in their order; those accepted earlier under the same
 * messageId keep their outcome and take nothing. Never refuses as a whole: `refusal` says what there was no room for.
 */
export async function storeMessages(
  prepared: PreparedMessages,
  { tx }: { readonly tx: Transaction },
): Promise<AcceptedMessages> {
  return store(tx, prepared);
}

/** Both of the above, in a transaction of its own or in `tx`. Errs as prepareMessages does. */
export async function acceptMessages(
  input: AcceptMessagesInput,
  { tx }: { readonly tx?: Transaction } = {},
): Promise<Result<AcceptedMessages, AcceptMessagesError>> {
  const prepared = await prepare(input, { reader: tx });
  if (prepared.isErr()) {
    return err(prepared.error);
  }
  if (tx !== undefined) {
    return ok(await store(tx, prepared.value));
  }
  const accepted = await inTransaction<AcceptedMessages, never>(async (own) =>
    ok(await store(own, prepared.value)),
  );
  return accepted.map((stored) => {
    announce(input, stored);
    return stored;
  });
}

/**
 * As acceptMessages, for a caller who is told at once: Err QuotaExceeded when nothing is left of the month's messages and
 * no message was accepted, now or earlier; nothing is stored then.
 */
export async function sendBatch(
  input: AcceptMessagesInput,
): Promise<
  Result<readonly MessageResult[], AcceptMessagesError | QuotaExceeded>
> {
  const prepared = await prepare(input);
  if (prepared.isErr()) {
    return err(prepared.error);
  }
  const accepted = await inTransaction<AcceptedMessages, QuotaExceeded>(
    async (tx) => {
      const stored = await store(tx, prepared.value);
      const hasAccepted = stored.results.some(({ type }) => type === "Success");
      return stored.refusal === null || hasAccepted
        ? ok(stored)
        : err(restated(stored.refusal, { requested: 1 })); // not even one
    },
  );
  return accepted.map((stored) => {
    announce(input, stored);
    return stored.results;
  });
}
