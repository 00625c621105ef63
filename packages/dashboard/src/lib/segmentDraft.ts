/**
 * What the form for a new segment holds, and the definition it stands for. The JSON editor takes over from there.
 */
import {
  type FieldError,
  type SegmentDefinition,
} from "isomorphic-lib/src/types";

export type SegmentKind = "Trait" | "Performed" | "Everyone" | "Manual";

export type TraitOperator =
  | "Equals"
  | "NotEquals"
  | "Exists"
  | "NotExists"
  | "GreaterThanOrEqual"
  | "LessThan";

/** Numbers are kept as typed. */
export interface SegmentDraft {
  readonly kind: SegmentKind;
  readonly path: string;
  readonly operator: TraitOperator;
  readonly value: string;
  readonly event: string;
  readonly times: string;
  /** Empty: ever. */
  readonly withinDays: string;
}

export const NEW_SEGMENT: SegmentDraft = {
  kind: "Trait",
  path: "plan",
  operator: "Equals",
  value: "pro",
  event: "",
  times: "1",
  withinDays: "30",
};

const ENTRY_ID = "entry";
const SECONDS_A_DAY = 86_400;

/** Whether the operator compares with a value. */
export function takesValue(operator: TraitOperator): boolean {
  return operator !== "Exists" && operator !== "NotExists";
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function isWholeNumber(text: string, minimum: number): boolean {
  return /^\d{1,9}$/.test(text.trim()) && Number(text) >= minimum;
}

function traitOperator({ operator, value }: SegmentDraft) {
  switch (operator) {
    case "Exists":
    case "NotExists":
      return { type: operator };
    case "GreaterThanOrEqual":
    case "LessThan":
      return { type: operator, value: Number(value) };
    default:
      return { type: operator, value };
  }
}

/** The definition, once `segmentDraftErrors` finds nothing. */
export function buildSegmentDefinition(draft: SegmentDraft): SegmentDefinition {
  switch (draft.kind) {
    case "Everyone":
      return { entryNode: { type: "Everyone", id: ENTRY_ID }, nodes: [] };
    case "Manual":
      return {
        entryNode: { type: "Manual", id: ENTRY_ID, version: 0 },
        nodes: [],
      };
    case "Trait":
      return {
        entryNode: {
          type: "Trait",
          id: ENTRY_ID,
          path: draft.path.trim(),
          operator: traitOperator(draft),
        },
        nodes: [],
      };
    case "Performed":
      return {
        entryNode: {
          type: "Performed",
          id: ENTRY_ID,
          event: draft.event.trim(),
          times: Number(draft.times),
          timesOperator: ">=",
          ...(draft.withinDays.trim() === ""
            ? {}
            : {
                timeOperator: "Within",
                withinSeconds: Number(draft.withinDays) * SECONDS_A_DAY,
              }),
        },
        nodes: [],
      };
  }
}

/** What is missing or wrong, by the draft's field; empty when it can be built. */
export function segmentDraftErrors(draft: SegmentDraft): FieldError[] {
  const { kind, path, operator, value, event, times, withinDays } = draft;
  const isComparison =
    operator === "GreaterThanOrEqual" || operator === "LessThan";
  const checks: readonly (readonly [boolean, keyof SegmentDraft, string])[] = [
    [kind === "Trait" && path.trim() === "", "path", "Name a trait."],
    [
      kind === "Trait" && isComparison && !isNumber(value),
      "value",
      "Enter a number.",
    ],
    [kind === "Performed" && event.trim() === "", "event", "Name an event."],
    [
      kind === "Performed" && !isWholeNumber(times, 1),
      "times",
      "Enter a whole number of 1 or more.",
    ],
    [
      kind === "Performed" &&
        withinDays.trim() !== "" &&
        !isWholeNumber(withinDays, 1),
      "withinDays",
      "Enter a whole number of days, or nothing.",
    ],
  ];
  return checks
    .filter(([isWrong]) => isWrong)
    .map(([, field, message]) => ({ field, message }));
}
