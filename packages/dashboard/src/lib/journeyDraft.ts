/**
 * What the form for a new journey holds, and the definition it stands for: a trigger, a wait, a message.
 */
import { JOURNEY_EXIT_NODE_ID } from "isomorphic-lib/src/constants";
import {
  type ChannelType,
  type FieldError,
  type JourneyBodyNode,
  type JourneyDefinition,
  type JourneyEntryNode,
} from "isomorphic-lib/src/types";

export interface JourneyDraft {
  readonly trigger: "segment" | "event";
  readonly segmentId: string;
  readonly event: string;
  /** As typed; empty or 0: at once. */
  readonly waitHours: string;
  /** Null: nothing is sent yet. */
  readonly message: {
    readonly templateId: string;
    readonly channel: ChannelType;
  } | null;
}

export const NEW_JOURNEY: JourneyDraft = {
  trigger: "event",
  segmentId: "",
  event: "",
  waitHours: "",
  message: null,
};

const WAIT_ID = "wait";
const MESSAGE_ID = "message";
const MAX_WAIT_HOURS = 8760;

/** The definition, once `journeyDraftErrors` finds nothing. */
export function buildJourneyDefinition(draft: JourneyDraft): JourneyDefinition {
  const { trigger, segmentId, event, message } = draft;
  const hours = Number(draft.waitHours);
  const afterWait = message === null ? JOURNEY_EXIT_NODE_ID : MESSAGE_ID;
  const child = hours > 0 ? WAIT_ID : afterWait;
  const nodes: JourneyBodyNode[] = [];
  if (hours > 0) {
    nodes.push({
      type: "DelayNode",
      id: WAIT_ID,
      child: afterWait,
      variant: { type: "Second", seconds: hours * 3600 },
    });
  }
  if (message !== null) {
    nodes.push({
      type: "MessageNode",
      id: MESSAGE_ID,
      child: JOURNEY_EXIT_NODE_ID,
      variant: { type: message.channel, templateId: message.templateId },
    });
  }
  const entryNode: JourneyEntryNode =
    trigger === "event"
      ? { type: "EventEntryNode", event: event.trim(), child }
      : { type: "EntryNode", segment: segmentId, child };
  return { entryNode, exitNode: { type: "ExitNode" }, nodes };
}

/** What is missing or wrong, by the draft's field; empty when it can be built. */
export function journeyDraftErrors(draft: JourneyDraft): FieldError[] {
  const { trigger, segmentId, event, waitHours } = draft;
  const hours = Number(waitHours);
  const checks: readonly (readonly [boolean, keyof JourneyDraft, string])[] = [
    [trigger === "event" && event.trim() === "", "event", "Name an event."],
    [
      trigger === "segment" && segmentId === "",
      "segmentId",
      "Choose a segment.",
    ],
    [
      !(hours >= 0 && hours <= MAX_WAIT_HOURS),
      "waitHours",
      `Enter hours between 0 and ${MAX_WAIT_HOURS}, or nothing.`,
    ],
  ];
  return checks
    .filter(([isWrong]) => isWrong)
    .map(([, field, message]) => ({ field, message }));
}
