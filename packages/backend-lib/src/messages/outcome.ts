// How an outcome is kept beside a message and told to who asked for it: a word for programs and a sentence for people. Owns
// both ways, so that a repeated request is answered as the first one was.

import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { assertUnreachable } from "isomorphic-lib/src/typeAssertions";
import {
  type MessageResult,
  MessageResultReason,
  type MessageState,
} from "isomorphic-lib/src/types";

/** What stands in "Message"."reason". `sentence` names neither an address nor a secret. */
export function keptReason(
  reason: MessageResultReason,
  sentence: string,
): string {
  return `${reason}: ${sentence}`;
}

function told(kept: string | null): Pick<MessageResult, "reason" | "error"> {
  if (kept === null) {
    return {};
  }
  const [word = "", ...rest] = kept.split(": ");
  const reason = schemaValidate(word, MessageResultReason);
  return reason.isOk()
    ? { reason: reason.value, error: rest.join(": ") }
    : { error: kept };
}

export interface KeptMessage {
  readonly messageId: string;
  readonly userId: string;
  readonly state: MessageState;
  readonly reason: string | null;
}

/** What is told to who asks for the message again, for `userId`. */
export function toResult(kept: KeptMessage, userId: string): MessageResult {
  const { messageId, state, reason } = kept;
  const named = { userId, messageId };
  if (kept.userId !== userId) {
    return {
      ...named,
      type: "NonRetryableError",
      reason: "MessageIdTaken",
      error: "Another user's message has this messageId: give each its own.",
    };
  }
  switch (state) {
    case "Queued":
    case "Sending":
    case "Sent":
    case "Unknown":
      return { ...named, type: "Success" };
    case "Failed":
      return { ...named, type: "NonRetryableError", ...told(reason) };
    case "Skipped":
      return { ...named, type: "Skipped", ...told(reason) };
    default:
      return assertUnreachable(state);
  }
}
