// What came of handing a message to a provider. Owns the distinction that everything else rests on: what was certainly not
// taken may be tried again, and nothing else.

import { type MessageResultReason } from "isomorphic-lib/src/types";

/** `sentence` is kept beside the message: for its workspace, without an address, a secret or a text of the message. */
export type HandOver =
  | { readonly type: "sent" }
  /** The other side said no, and would again. */
  | { readonly type: "refused"; readonly sentence: string }
  /** The other side has certainly not taken it, and may take it later. */
  | { readonly type: "notTaken"; readonly sentence: string }
  /** It may have been taken. */
  | { readonly type: "unknown"; readonly sentence: string }
  /** There is nobody to hand it to: it does not count. */
  | {
      readonly type: "notSent";
      readonly sentence: string;
      readonly reason?: MessageResultReason;
    };

/** Until a hand-over has ended, one way or the other. */
export const LONGEST_HAND_OVER_MS = 60_000;
