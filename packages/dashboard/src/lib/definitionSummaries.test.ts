import { describe, expect, it } from "vitest";

import {
  summarizeJourney,
  summarizeSegment,
  summarizeTemplate,
} from "./definitionSummaries";

const trait = (id: string, path: string, value: string) => ({
  type: "Trait",
  id,
  path,
  operator: { type: "Equals", value },
});

describe("the line that stands for a segment", () => {
  it.each([
    [{ type: "Everyone", id: "a" }, "Every user"],
    [{ type: "Manual", id: "a", version: 1 }, "Listed by hand"],
    [trait("a", "plan", "pro"), "plan is pro"],
    [
      {
        type: "Performed",
        id: "a",
        event: "Order",
        times: 2,
        timesOperator: ">=",
        withinSeconds: 86_400,
      },
      "Did “Order” at least 2 times in the last 1 day",
    ],
    [
      {
        type: "Performed",
        id: "a",
        event: "Order",
        times: 1,
        timesOperator: ">=",
      },
      "Did “Order”",
    ],
    [
      {
        type: "Performed",
        id: "a",
        event: "Order",
        times: 1,
        timesOperator: "<",
      },
      "Never did “Order”",
    ],
    [
      {
        type: "Performed",
        id: "a",
        event: "Order",
        times: 2,
        timesOperator: "=",
      },
      "Did “Order” 2 times",
    ],
    [{ type: "RandomBucket", id: "a", percent: 0.25 }, "A random 25 %"],
  ])("says of %o: %s", (entryNode, text) => {
    expect(summarizeSegment({ entryNode, nodes: [] })).toBe(text);
  });

  it("names a few plain conditions one by one", () => {
    const nodes = [trait("b", "plan", "pro"), trait("c", "country", "DE")];
    const entryNode = { type: "And", id: "a", children: ["b", "c"] };
    expect(summarizeSegment({ entryNode, nodes })).toBe(
      "plan is pro and country is DE",
    );
    expect(
      summarizeSegment({ entryNode: { ...entryNode, type: "Or" }, nodes }),
    ).toBe("plan is pro or country is DE");
  });

  it("only counts many conditions", () => {
    const children = ["b", "c", "d", "e"];
    const nodes = children.map((id) => trait(id, "plan", id));
    expect(
      summarizeSegment({
        entryNode: { type: "And", id: "a", children },
        nodes,
      }),
    ).toBe("All of 4 conditions");
  });

  it.each([undefined, null, {}, { entryNode: { type: "FromTheFuture" } }])(
    "calls what it cannot read custom: %o",
    (definition) => {
      expect(summarizeSegment(definition)).toBe("Custom definition");
    },
  );
});

describe("the line that stands for a journey", () => {
  const journey = (entryNode: object) => ({
    entryNode,
    exitNode: { type: "ExitNode" },
    nodes: [],
  });

  it("names the event or the segment that starts it", () => {
    const byEvent = { type: "EventEntryNode", event: "Go", child: "ExitNode" };
    const bySegment = { type: "EntryNode", segment: "s", child: "ExitNode" };
    expect(summarizeJourney(journey(byEvent), () => undefined)).toBe(
      "On “Go”, 0 steps",
    );
    expect(summarizeJourney(journey(bySegment), () => "VIPs")).toBe(
      "Enters VIPs, 0 steps",
    );
    expect(summarizeJourney(journey(bySegment), () => undefined)).toBe(
      "Enters a segment, 0 steps",
    );
  });

  it("says when there is a draft only", () => {
    expect(summarizeJourney(undefined, () => undefined)).toBe("Draft only");
  });
});

describe("the line that stands for a template", () => {
  it.each([
    [{ type: "Email", from: "a@b.c", subject: "Hi", body: "" }, "Hi"],
    [{ type: "Email", from: "a@b.c", subject: "", body: "" }, "No subject yet"],
    [{ type: "Sms", body: "Your code" }, "Your code"],
    [{ type: "MobilePush", title: "Ping" }, "Ping"],
    [{ type: "Webhook", identifierKey: "email", body: "{}" }, "HTTP request"],
    [null, "Custom definition"],
  ])("says of %o: %s", (definition, text) => {
    expect(summarizeTemplate(definition)).toBe(text);
  });
});
