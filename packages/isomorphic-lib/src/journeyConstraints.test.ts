import { describe, expect, test } from "vitest";

import { WELCOME_JOURNEY } from "../test/journeys";
import {
  findJourneyConstraintViolations,
  validateJourneyStatusTransition,
} from "./journeyConstraints";
import { type JourneyDefinition, JourneyStatus } from "./types";

const byEvent: JourneyDefinition = {
  ...WELCOME_JOURNEY,
  entryNode: { type: "EventEntryNode", event: "Signed Up", child: "wait" },
};
const withoutWait: JourneyDefinition = {
  ...byEvent,
  nodes: byEvent.nodes.filter(({ type }) => type !== "WaitForNode"),
};

function typesOf(
  input: Parameters<typeof findJourneyConstraintViolations>[0],
): string[] {
  return findJourneyConstraintViolations(input).map(({ type }) => type);
}

describe("findJourneyConstraintViolations", () => {
  test("finds nothing in a journey that can run", () => {
    expect(typesOf({ definition: WELCOME_JOURNEY, status: "Running" })).toEqual(
      [],
    );
    expect(typesOf({ definition: withoutWait, status: "Running" })).toEqual([]);
  });

  test("somebody who enters by an event cannot wait for a segment, started or not", () => {
    for (const status of ["NotStarted", "Running"] as const) {
      expect(typesOf({ definition: byEvent, status })).toEqual([
        "WaitForNodeAndEventEntryNode",
      ]);
    }
  });

  test("a keyed segment needs an entry by an event with a key", () => {
    const keyedSegmentIds = new Set(["subscribers"]);
    const [violation, ...others] = findJourneyConstraintViolations({
      definition: withoutWait,
      status: "NotStarted",
      keyedSegmentIds,
    });
    expect(others).toEqual([]);
    expect(violation?.type).toBe("KeyedPerformedSegmentEntryNode");
    expect(violation?.message).toContain("definition/nodes/1/variant/segment");
    expect(
      typesOf({
        definition: WELCOME_JOURNEY,
        status: "NotStarted",
        keyedSegmentIds: new Set(["new-users"]),
      }),
    ).toEqual(["KeyedPerformedSegmentEntryNode"]);
    const keyed = (key: string): JourneyDefinition => ({
      ...withoutWait,
      entryNode: {
        type: "EventEntryNode",
        event: "Bought",
        key,
        child: "hello",
      },
    });
    expect(
      typesOf({
        definition: keyed("orderId"),
        status: "NotStarted",
        keyedSegmentIds,
      }),
    ).toEqual([]);
    expect(
      typesOf({ definition: keyed(""), status: "NotStarted", keyedSegmentIds }),
    ).toEqual(["KeyedPerformedSegmentEntryNode"]);
  });

  test("a template of the same id is no keyed segment", () => {
    expect(
      typesOf({
        definition: WELCOME_JOURNEY,
        status: "NotStarted",
        keyedSegmentIds: new Set(["welcome", "news"]),
      }),
    ).toEqual([]);
  });

  test("a journey without a definition may wait, but cannot start", () => {
    expect(
      (["NotStarted", "Paused", "Running", "Broadcast"] as const).map(
        (status) => typesOf({ definition: undefined, status }),
      ),
    ).toEqual([[], [], ["CantStart"], ["CantStart"]]);
  });

  test("a start names what is not chosen yet; a subscription group may be left out", () => {
    const [entryless, eventless]: JourneyDefinition[] = [
      {
        ...WELCOME_JOURNEY,
        entryNode: { type: "EntryNode", segment: "", child: "hello" },
        nodes: [
          {
            type: "MessageNode",
            id: "hello",
            child: "ExitNode",
            subscriptionGroupId: "",
            variant: { type: "Webhook", templateId: "" },
          },
        ],
      },
      {
        ...WELCOME_JOURNEY,
        entryNode: { type: "EventEntryNode", event: "", child: "ExitNode" },
        nodes: [],
      },
    ];
    const messages = (definition: JourneyDefinition | undefined) =>
      findJourneyConstraintViolations({ definition, status: "Running" }).map(
        ({ message }) => message,
      );
    expect(messages(entryless)).toEqual([
      "A journey cannot be started while definition/entryNode/segment is not chosen.",
      "A journey cannot be started while definition/nodes/0/variant/templateId is not chosen.",
    ]);
    expect(messages(eventless)).toEqual([
      "A journey cannot be started while definition/entryNode/event is not chosen.",
    ]);
    expect(typesOf({ definition: entryless, status: "Paused" })).toEqual([]);
  });
});

test("a journey is neither paused before it starts nor un-started", () => {
  const statuses = JourneyStatus.anyOf.map((literal) => literal.const);
  const refused = statuses.flatMap((from) =>
    statuses
      .filter((to) => validateJourneyStatusTransition({ from, to }).isErr())
      .map((to) => `${from} → ${to}`),
  );
  expect(refused).toEqual([
    "NotStarted → Paused",
    "Running → NotStarted",
    "Paused → NotStarted",
    "Broadcast → NotStarted",
  ]);
  expect(
    validateJourneyStatusTransition({
      from: "Running",
      to: "NotStarted",
    })._unsafeUnwrapErr().type,
  ).toBe("StatusTransitionError");
  expect(
    validateJourneyStatusTransition({
      from: "Paused",
      to: "Running",
    })._unsafeUnwrap(),
  ).toBe("Running");
});
