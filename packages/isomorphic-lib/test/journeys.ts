/**
 * For tests: a journey with a node of every kind that can run as it is.
 */
import type { JourneyDefinition } from "../src/types";

export const WELCOME_JOURNEY: JourneyDefinition = {
  entryNode: { type: "EntryNode", segment: "new-users", child: "wait" },
  exitNode: { type: "ExitNode" },
  nodes: [
    {
      type: "WaitForNode",
      id: "wait",
      timeoutSeconds: 3600,
      timeoutChild: "cohort",
      segmentChildren: [{ id: "split", segmentId: "buyers" }],
    },
    {
      type: "RandomCohortNode",
      id: "cohort",
      children: [
        { id: "hello", percent: 50, name: "mailed" },
        { id: "ExitNode", percent: 50, name: "left alone" },
      ],
    },
    {
      type: "SegmentSplitNode",
      id: "split",
      variant: {
        type: "Boolean",
        segment: "subscribers",
        trueChild: "delay",
        falseChild: "ExitNode",
      },
    },
    {
      type: "DelayNode",
      id: "delay",
      child: "hello",
      variant: { type: "LocalTime", hour: 9, allowedDaysOfWeek: [1, 5] },
    },
    {
      type: "MessageNode",
      id: "hello",
      child: "limit",
      subscriptionGroupId: "news",
      variant: { type: "Email", templateId: "welcome" },
    },
    { type: "RateLimitNode", id: "limit" },
  ],
};
