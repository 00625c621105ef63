// Northwind Coffee: the medium demo workspace, coffee by subscription.

import {
  email,
  journeyOf,
  performed,
  segmentOf,
  sendEmail,
  traitEquals,
} from "./definitions";
import {
  DAY_MS,
  type DemoWorkspace,
  MINUTE_MS,
  SECOND_MS,
  type Step,
} from "./demoWorkspace";
import { type Random } from "./random";

const FROM = "roastery@northwind-coffee.example";
const SHOP = "https://northwind-coffee.example";
const BLENDS = ["Harbor", "Fjord", "Midnight", "Lighthouse"] as const;

function visit(random: Random): Step[] {
  const blend = random.pick(BLENDS);
  const steps: Step[] = [
    {
      eventType: "page",
      event: "Coffees",
      properties: { url: `${SHOP}/coffees`, blend },
      afterMs: 0,
    },
  ];
  const track = (
    event: string,
    properties: Step["properties"],
    afterMs: number,
  ) => steps.push({ eventType: "track", event, properties, afterMs });
  if (random.chance(0.35)) {
    const grams = random.pick([250, 500, 1000]);
    track("Subscription Started", { blend, grams }, 3 * MINUTE_MS);
    track("Order Shipped", { blend, carrier: "Northpost" }, DAY_MS);
  } else if (random.chance(0.3)) {
    track("Order Shipped", { blend, carrier: "Northpost" }, MINUTE_MS);
  }
  if (random.chance(0.2)) {
    track(
      "Review Written",
      { blend, stars: random.integer(2, 5) },
      40 * SECOND_MS,
    );
  }
  if (random.chance(0.06)) {
    track(
      "Subscription Paused",
      { reason: random.pick(["travel", "price", "too much coffee"]) },
      2 * MINUTE_MS,
    );
  }
  return steps;
}

export const northwindCoffee: DemoWorkspace = {
  name: "Northwind Coffee",
  seed: 2002,
  ageDays: 110,
  userCount: 1500,
  visits: 3.5,
  daysBetweenVisits: 14,
  members: [
    {
      name: "Petra Holm",
      email: "petra@northwind-coffee.example",
      role: "Admin",
    },
    {
      name: "Kwame Boateng",
      email: "kwame@northwind-coffee.example",
      role: "Author",
    },
    {
      name: "Sam Rivera",
      email: "sam@agency.example",
      role: "WorkspaceManager",
    },
  ],
  content: (idOf) => ({
    userProperties: [
      {
        name: "plan",
        definition: { type: "Trait", path: "plan" },
        exampleValue: JSON.stringify("monthly"),
      },
      {
        name: "lastBlend",
        definition: {
          type: "Performed",
          event: "Subscription Started",
          path: "blend",
        },
        exampleValue: JSON.stringify("Fjord"),
      },
    ],
    segments: [
      {
        name: "Subscribers",
        definition: segmentOf(performed("1", "Subscription Started")),
      },
      {
        name: "Paused lately",
        definition: segmentOf(
          performed("1", "Subscription Paused", { withinDays: 30 }),
        ),
      },
      {
        name: "On the yearly plan",
        definition: segmentOf(traitEquals("1", "plan", "yearly")),
      },
      {
        name: "Reachable by phone",
        definition: segmentOf({
          type: "Trait",
          id: "1",
          path: "phone",
          operator: { type: "Exists" },
        }),
      },
    ],
    templates: [
      {
        name: "First cup",
        definition: email({
          from: FROM,
          subject: "Your first cup, {{ user.firstName }}",
          heading: "Welcome to the roastery",
          text: "Tell us how you brew, and we roast for it.",
          button: { label: "How do you brew?", url: `${SHOP}/brew` },
        }),
      },
      {
        name: "Come back for a cup",
        definition: email({
          from: FROM,
          subject: "Ready when you are",
          heading: "Your subscription is waiting",
          text: "One tap and the next bag is on its way.",
          button: { label: "Resume", url: `${SHOP}/account` },
        }),
      },
      {
        name: "On its way (SMS)",
        definition: {
          type: "Sms",
          body: "Northwind: your {{ user.lastBlend | default: 'coffee' }} is on its way.",
        },
      },
    ],
    journeys: [
      {
        name: "First week",
        status: "Running",
        definition: journeyOf(
          { type: "EntryNode", segment: idOf("Subscribers"), child: "greet" },
          sendEmail(idOf, {
            id: "greet",
            template: "First cup",
            child: "morning",
          }),
          {
            type: "DelayNode",
            id: "morning",
            child: "tell",
            variant: {
              type: "LocalTime",
              hour: 8,
              minute: 30,
              allowedDaysOfWeek: [1, 2, 3, 4, 5],
              defaultTimezone: "Europe/Berlin",
            },
          },
          {
            type: "MessageNode",
            id: "tell",
            child: "ExitNode",
            variant: { type: "Sms", templateId: idOf("On its way (SMS)") },
          },
        ),
      },
      {
        name: "Bring them back",
        status: "Paused",
        definition: journeyOf(
          {
            type: "EntryNode",
            segment: idOf("Paused lately"),
            child: "wait",
            reEnter: true,
          },
          {
            type: "WaitForNode",
            id: "wait",
            timeoutSeconds: (14 * DAY_MS) / SECOND_MS,
            timeoutChild: "ask",
            segmentChildren: [
              { id: "ExitNode", segmentId: idOf("On the yearly plan") },
            ],
          },
          sendEmail(idOf, {
            id: "ask",
            template: "Come back for a cup",
            child: "ExitNode",
          }),
        ),
      },
    ],
    subscriptionGroups: [
      { name: "Tasting notes", type: "OptIn", channel: "Email" },
    ],
    greeting: { node: "greet", journey: "First week", template: "First cup" },
  }),
  traits: (random) => ({
    plan: random.pick(["none", "monthly", "monthly", "yearly"]),
    grinder: random.chance(0.5),
  }),
  visit,
};
