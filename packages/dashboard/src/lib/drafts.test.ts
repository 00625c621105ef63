// What the creation forms build is what the API accepts, and what they refuse is named by its field.
import { type ChannelType } from "isomorphic-lib/src/types";
import { describe, expect, it } from "vitest";

import {
  checkJourney,
  checkSegment,
  checkTemplate,
  type DefinitionCheck,
} from "./definitionCheck";
import { toDefinitionText } from "./definitionText";
import {
  buildJourneyDefinition,
  journeyDraftErrors,
  NEW_JOURNEY,
} from "./journeyDraft";
import {
  buildSegmentDefinition,
  NEW_SEGMENT,
  type SegmentDraft,
  segmentDraftErrors,
} from "./segmentDraft";
import {
  buildTemplateDefinition,
  NEW_TEMPLATE,
  templateDraftErrors,
} from "./templateDraft";

function accepted<D>(check: DefinitionCheck<D>, definition: D): unknown {
  const checked = check(toDefinitionText(definition));
  return checked.isValid ? checked.definition : checked.errors;
}

const SEGMENTS: readonly Partial<SegmentDraft>[] = [
  { kind: "Everyone" },
  { kind: "Manual" },
  { kind: "Trait", operator: "Equals", value: "pro" },
  { kind: "Trait", operator: "Equals", value: "" },
  { kind: "Trait", operator: "NotEquals" },
  { kind: "Trait", operator: "Exists" },
  { kind: "Trait", operator: "NotExists" },
  { kind: "Trait", operator: "GreaterThanOrEqual", value: "1.5" },
  { kind: "Trait", operator: "LessThan", value: "-2" },
  { kind: "Performed", event: "Signed Up" },
  { kind: "Performed", event: "Order*", times: "3", withinDays: "" },
];

describe("the form for a segment", () => {
  it.each(SEGMENTS)("builds what the API accepts: %o", (part) => {
    const draft = { ...NEW_SEGMENT, ...part };
    expect(segmentDraftErrors(draft)).toEqual([]);
    const definition = buildSegmentDefinition(draft);
    expect(accepted(checkSegment, definition)).toEqual(definition);
  });

  it("compares with a number where the operator needs one", () => {
    const definition = buildSegmentDefinition({
      ...NEW_SEGMENT,
      operator: "GreaterThanOrEqual",
      value: "10",
    });
    expect(definition.entryNode).toMatchObject({ operator: { value: 10 } });
  });

  it("counts days in seconds", () => {
    const definition = buildSegmentDefinition({
      ...NEW_SEGMENT,
      kind: "Performed",
      event: "x",
      withinDays: "7",
    });
    expect(definition.entryNode).toMatchObject({
      timeOperator: "Within",
      withinSeconds: 604_800,
    });
  });

  it.each<[Partial<SegmentDraft>, string]>([
    [{ path: " " }, "path"],
    [{ operator: "LessThan", value: "many" }, "value"],
    [{ kind: "Performed", event: "" }, "event"],
    [{ kind: "Performed", event: "x", times: "0" }, "times"],
    [{ kind: "Performed", event: "x", withinDays: "1.5" }, "withinDays"],
  ])("refuses %o and names %s", (part, field) => {
    const errors = segmentDraftErrors({ ...NEW_SEGMENT, ...part });
    expect(errors.map((error) => error.field)).toEqual([field]);
  });
});

describe("the form for a journey", () => {
  const message = { templateId: "template-1", channel: "Email" } as const;

  it.each([
    { ...NEW_JOURNEY, event: "Signed Up" },
    { ...NEW_JOURNEY, event: "Signed Up", waitHours: "1.5" },
    { ...NEW_JOURNEY, event: "Signed Up", message },
    {
      ...NEW_JOURNEY,
      trigger: "segment" as const,
      segmentId: "segment-1",
      waitHours: "24",
      message,
    },
  ])("builds what the API accepts: %o", (draft) => {
    expect(journeyDraftErrors(draft)).toEqual([]);
    const definition = buildJourneyDefinition(draft);
    expect(accepted(checkJourney, definition)).toEqual(definition);
  });

  it("leads from the trigger through the wait to the message to the exit", () => {
    const definition = buildJourneyDefinition({
      ...NEW_JOURNEY,
      event: "x",
      waitHours: "2",
      message,
    });
    const [wait, send] = definition.nodes;
    expect(definition.entryNode.child).toBe(wait?.id);
    expect(wait).toMatchObject({ child: send?.id, variant: { seconds: 7200 } });
    expect(send).toMatchObject({
      child: "ExitNode",
      variant: { type: "Email", templateId: "template-1" },
    });
  });

  it.each([
    [NEW_JOURNEY, "event"],
    [{ ...NEW_JOURNEY, trigger: "segment" as const }, "segmentId"],
    [{ ...NEW_JOURNEY, event: "x", waitHours: "soon" }, "waitHours"],
    [{ ...NEW_JOURNEY, event: "x", waitHours: "-1" }, "waitHours"],
  ])("refuses %o and names %s", (draft, field) => {
    expect(journeyDraftErrors(draft).map((error) => error.field)).toEqual([
      field,
    ]);
  });
});

describe("the form for a template", () => {
  const filled = {
    ...NEW_TEMPLATE,
    from: "hello@example.com",
    subject: "Hello",
    url: "https://example.com/hook",
  };

  it.each<ChannelType>(["Email", "Sms", "MobilePush", "Webhook"])(
    "builds what the API accepts for the channel %s",
    (channel) => {
      const draft = { ...filled, channel };
      expect(templateDraftErrors(draft)).toEqual([]);
      const definition = buildTemplateDefinition(draft);
      expect(accepted(checkTemplate, definition)).toEqual(definition);
    },
  );

  it.each([
    [{ ...filled, from: "nobody" }, "from"],
    [{ ...filled, subject: " " }, "subject"],
    [
      { ...filled, channel: "Webhook" as const, url: "ftp://example.com" },
      "url",
    ],
  ])("refuses %o and names %s", (draft, field) => {
    expect(templateDraftErrors(draft).map((error) => error.field)).toEqual([
      field,
    ]);
  });
});

describe("the JSON editor", () => {
  it.each([
    ["{", ""],
    ['{"entryNode":{"type":"Everyone","id":"a"}}', "nodes"],
    [
      '{"entryNode":{"type":"Trait","id":"a","path":"x","operator":{"type":"Equals"}},"nodes":[]}',
      "entryNode/operator/value",
    ],
    ['{"entryNode":{"type":"Nope","id":"a"},"nodes":[]}', "entryNode/type"],
    [
      '{"entryNode":{"type":"And","id":"a","children":["b"]},"nodes":[]}',
      "entryNode/children/0",
    ],
    [
      '{"entryNode":{"type":"Everyone","id":"a\\u0000"},"nodes":[]}',
      "entryNode/id",
    ],
  ])("says what is wrong with %s and where", (text, field) => {
    const checked = checkSegment(text);
    expect(checked.isValid).toBe(false);
    expect(checked.isValid ? [] : checked.errors.map((e) => e.field)).toContain(
      field,
    );
  });
});
