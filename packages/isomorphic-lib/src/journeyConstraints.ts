/**
 * When a well-formed journey can run, and which status may follow which.
 */
import { err, ok, type Result } from "neverthrow";

import { journeyReferencePlaces, journeyReferences } from "./journeyDefinition";
import type { JourneyDefinition, JourneyStatus } from "./types/journey";
import type {
  JourneyConstraintViolation,
  StatusTransitionError,
} from "./types/journeyApi";

/** Somebody who entered by an event cannot wait for a segment. */
function waitsAfterEvent({ entryNode, nodes }: JourneyDefinition): boolean {
  return (
    entryNode.type === "EventEntryNode" &&
    nodes.some(({ type }) => type === "WaitForNode")
  );
}

/** The places that name a segment which counts events by key, in a journey that is not entered by such an event. */
function keyedPlaces(
  definition: JourneyDefinition,
  keyedSegmentIds: ReadonlySet<string>,
): string[] {
  const { entryNode } = definition;
  const isKeyedEntry =
    entryNode.type === "EventEntryNode" && (entryNode.key ?? "") !== "";
  return isKeyedEntry
    ? []
    : journeyReferences(definition)
        .filter(
          ({ id, resource }) =>
            resource === "Segment" && keyedSegmentIds.has(id),
        )
        .map(({ field }) => field);
}

/** The places where something must be chosen before a start; a subscription group may be left out. */
function unchosenPlaces(definition: JourneyDefinition): string[] {
  const { entryNode } = definition;
  return [
    ...(entryNode.type === "EventEntryNode" && entryNode.event === ""
      ? ["definition/entryNode/event"]
      : []),
    ...journeyReferencePlaces(definition)
      .filter(
        ({ id, resource }) => id === "" && resource !== "SubscriptionGroup",
      )
      .map(({ field }) => field),
  ];
}

function startViolations(
  definition: JourneyDefinition | undefined,
): JourneyConstraintViolation[] {
  const messages =
    definition === undefined
      ? ["A journey without a definition cannot be started."]
      : unchosenPlaces(definition).map(
          (place) =>
            `A journey cannot be started while ${place} is not chosen.`,
        );
  return messages.map((message) => ({ type: "CantStart", message }));
}

/** Why the journey could not run like this; empty when it could. WaitForNodeAndEventEntryNode: it is entered by an event
 *  and waits for a segment. KeyedPerformedSegmentEntryNode: it names a segment that counts events by key (its id is in
 *  `keyedSegmentIds`), and is not entered by an event with a key. CantStart, only when `status` is Running or Broadcast:
 *  there is no definition, or something in it is not chosen yet. */
export function findJourneyConstraintViolations({
  definition,
  status,
  keyedSegmentIds = new Set(),
}: {
  definition: JourneyDefinition | undefined;
  status: JourneyStatus;
  keyedSegmentIds?: ReadonlySet<string>;
}): JourneyConstraintViolation[] {
  const violations: JourneyConstraintViolation[] =
    status === "Running" || status === "Broadcast"
      ? startViolations(definition)
      : [];
  if (definition === undefined) {
    return violations;
  }
  if (waitsAfterEvent(definition)) {
    violations.push({
      type: "WaitForNodeAndEventEntryNode",
      message:
        "A journey that is entered by an event cannot wait for a segment: remove the WaitForNode, or enter by a segment.",
    });
  }
  const keyed = keyedPlaces(definition, keyedSegmentIds);
  if (keyed.length > 0) {
    violations.push({
      type: "KeyedPerformedSegmentEntryNode",
      message: `A segment that counts events by key needs a journey that is entered by an event with a key: ${keyed.join(", ")}.`,
    });
  }
  return violations;
}

/** The new status, unless a journey cannot get there: one that was never started cannot be Paused, and one that was
 *  cannot become NotStarted again. A status may always stay what it is. */
export function validateJourneyStatusTransition({
  from,
  to,
}: {
  from: JourneyStatus;
  to: JourneyStatus;
}): Result<JourneyStatus, StatusTransitionError> {
  if (from === to) {
    return ok(to);
  }
  if (from === "NotStarted" && to === "Paused") {
    return err({
      type: "StatusTransitionError",
      message: "A journey that was never started cannot be paused.",
    });
  }
  return to === "NotStarted"
    ? err({
        type: "StatusTransitionError",
        message: "A journey that was started cannot become NotStarted again.",
      })
    : ok(to);
}
