// Bluebird Fitness: the small demo workspace, an app for training at home. And Juniper Labs: one that was made just now.

import {
  email,
  journeyOf,
  performed,
  segmentOf,
  sendEmail,
} from "./definitions";
import {
  type DemoWorkspace,
  MINUTE_MS,
  SECOND_MS,
  type Step,
} from "./demoWorkspace";
import { type Random } from "./random";

function visit(random: Random): Step[] {
  const kind = random.pick(["Strength", "Mobility", "Cardio"]);
  const minutes = random.integer(10, 45);
  const steps: Step[] = [
    { eventType: "screen", event: "Today", properties: {}, afterMs: 0 },
    {
      eventType: "track",
      event: "Workout Started",
      properties: { kind, minutes },
      afterMs: random.integer(15, 90) * SECOND_MS,
    },
  ];
  if (random.chance(0.75)) {
    steps.push({
      eventType: "track",
      event: "Workout Completed",
      properties: { kind, minutes, calories: minutes * random.integer(5, 11) },
      afterMs: minutes * MINUTE_MS,
    });
  }
  if (random.chance(0.05)) {
    steps.push({
      eventType: "track",
      event: "Plan Upgraded",
      properties: { plan: "plus", monthlyPrice: 9 },
      afterMs: MINUTE_MS,
    });
  }
  return steps;
}

export const bluebirdFitness: DemoWorkspace = {
  name: "Bluebird Fitness",
  seed: 3003,
  ageDays: 75,
  userCount: 400,
  visits: 3,
  daysBetweenVisits: 5,
  members: [
    {
      name: "Dana Whitfield",
      email: "dana@bluebird-fitness.example",
      role: "Admin",
    },
    { name: "Sam Rivera", email: "sam@agency.example", role: "Viewer" },
  ],
  content: (idOf) => ({
    userProperties: [
      {
        name: "goal",
        definition: { type: "Trait", path: "goal" },
        exampleValue: JSON.stringify("stronger"),
      },
    ],
    segments: [
      {
        name: "Active this week",
        definition: segmentOf(
          performed("1", "Workout Completed", { withinDays: 7 }),
        ),
      },
      {
        name: "On plus",
        definition: segmentOf(performed("1", "Plan Upgraded")),
      },
    ],
    templates: [
      {
        name: "Your first workout",
        definition: email({
          from: "coach@bluebird-fitness.example",
          subject: "Ready for your first workout?",
          heading: "Ten minutes are enough",
          text: "Pick a time today, and start small.",
        }),
      },
      {
        name: "Keep going",
        definition: {
          type: "MobilePush",
          title: "Keep going",
          body: "You trained this week. One more makes it a habit.",
        },
      },
    ],
    journeys: [
      {
        name: "First steps",
        status: "Running",
        definition: journeyOf(
          { type: "EventEntryNode", event: "Workout Started", child: "cheer" },
          sendEmail(idOf, {
            id: "cheer",
            template: "Your first workout",
            child: "ExitNode",
          }),
        ),
      },
    ],
    subscriptionGroups: [
      { name: "Reminders", type: "OptOut", channel: "MobilePush" },
    ],
    greeting: {
      node: "cheer",
      journey: "First steps",
      template: "Your first workout",
    },
  }),
  traits: (random) => ({
    goal: random.pick(["stronger", "calmer", "faster"]),
    weeklyTarget: random.integer(2, 5),
  }),
  visit,
};

export const juniperLabs: DemoWorkspace = {
  name: "Juniper Labs",
  seed: 4004,
  ageDays: 0,
  userCount: 0,
  visits: 0,
  daysBetweenVisits: 1,
  members: [
    { name: "Noor Haddad", email: "noor@juniper-labs.example", role: "Admin" },
  ],
  content: () => ({
    userProperties: [],
    segments: [],
    templates: [],
    journeys: [],
    subscriptionGroups: [],
  }),
  traits: () => ({}),
  visit: () => [],
};
