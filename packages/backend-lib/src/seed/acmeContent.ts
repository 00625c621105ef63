// What Acme Outfitters, the large demo workspace, has set up: segments, templates, journeys.

import {
  delay,
  email,
  journeyOf,
  performed,
  segmentOf,
  sendEmail,
  traitEquals,
} from "./definitions";
import {
  DAY_MS,
  type DemoContent,
  HOUR_MS,
  type IdOf,
  SECOND_MS,
} from "./demoWorkspace";

const FROM = "hello@acme-outfitters.example";
export const SHOP = "https://acme-outfitters.example";

export const segments: DemoContent["segments"] = [
  { name: "Customers", definition: segmentOf(performed("1", "Order Placed")) },
  {
    name: "Repeat customers",
    definition: segmentOf(performed("1", "Order Placed", { times: 2 })),
  },
  {
    name: "New this month",
    definition: segmentOf({
      type: "Trait",
      id: "1",
      path: "signedUpAt",
      operator: { type: "Within", windowSeconds: (30 * DAY_MS) / SECOND_MS },
    }),
  },
  {
    name: "Browsing, not buying",
    definition: segmentOf(
      { type: "And", id: "1", children: ["viewed", "never-ordered"] },
      performed("viewed", "Product Viewed", { times: 3 }),
      performed("never-ordered", "Order Placed", { times: 0 }),
    ),
  },
  {
    name: "Checkout started this week",
    definition: segmentOf(
      performed("1", "Checkout Started", { withinDays: 7 }),
    ),
  },
  {
    name: "Members of the loyalty programme",
    definition: segmentOf(
      { type: "Or", id: "1", children: ["gold", "silver"] },
      traitEquals("gold", "loyaltyTier", "gold"),
      traitEquals("silver", "loyaltyTier", "silver"),
    ),
  },
  {
    name: "In North America",
    status: "Paused",
    definition: segmentOf(
      { type: "Or", id: "1", children: ["us", "ca"] },
      traitEquals("us", "country", "US"),
      traitEquals("ca", "country", "CA"),
    ),
  },
];

export const templates: DemoContent["templates"] = [
  {
    name: "Welcome to Acme",
    definition: email({
      from: FROM,
      subject: "Welcome to Acme, {{ user.firstName | default: 'friend' }}",
      heading: "Glad you are here",
      text: "Gear that lasts, and people who know it. Have a look at what others take on their first trip.",
      button: { label: "See the favourites", url: `${SHOP}/favourites` },
    }),
  },
  {
    name: "Cart reminder",
    definition: email({
      from: FROM,
      subject: "You left something behind",
      heading: "Your cart is still packed",
      text: "We keep it for you until the end of the week.",
      button: { label: "Back to the cart", url: `${SHOP}/cart` },
    }),
  },
  {
    name: "First order thank-you",
    definition: email({
      from: FROM,
      subject: "Thank you for your first order",
      heading: "Thank you, {{ user.firstName }}",
      text: "Your order is on its way. Here is how to care for what is in it.",
    }),
  },
  {
    name: "We miss you",
    definition: email({
      from: FROM,
      subject: "It has been a while",
      heading: "New season, new paths",
      text: "Ten per cent off for coming back, this week only.",
      button: { label: "What is new", url: `${SHOP}/new` },
    }),
  },
  {
    name: "Order shipped (SMS)",
    definition: {
      type: "Sms",
      body: "Acme: your order is on its way, {{ user.firstName }}.",
    },
  },
  {
    name: "Tell the warehouse",
    definition: {
      type: "Webhook",
      identifierKey: "id",
      body: JSON.stringify({
        config: {
          url: "https://warehouse.acme-outfitters.example/orders",
          method: "POST",
          headers: { "Content-Type": "application/json" },
          data: { userId: "{{ user.id }}" },
          responseType: "json",
        },
      }),
    },
  },
];

export function journeys(idOf: IdOf): DemoContent["journeys"] {
  const send = (id: string, template: string, child = "ExitNode") =>
    sendEmail(idOf, { id, template, child });
  const joining = (segment: string, child: string) => ({
    type: "EntryNode" as const,
    segment: idOf(segment),
    child,
  });
  return [
    {
      name: "Welcome series",
      status: "Running",
      definition: journeyOf(
        joining("New this month", "greet"),
        send("greet", "Welcome to Acme", "settle"),
        delay("settle", 3 * DAY_MS, "bought"),
        {
          type: "SegmentSplitNode",
          id: "bought",
          variant: {
            type: "Boolean",
            segment: idOf("Customers"),
            trueChild: "thank",
            falseChild: "remind",
          },
        },
        send("thank", "First order thank-you"),
        send("remind", "We miss you"),
      ),
    },
    {
      name: "Left checkout",
      status: "Running",
      definition: journeyOf(
        { type: "EventEntryNode", event: "Checkout Started", child: "later" },
        delay("later", 4 * HOUR_MS, "remind"),
        send("remind", "Cart reminder"),
      ),
    },
    {
      name: "Loyalty perks",
      status: "Paused",
      definition: journeyOf(
        joining("Members of the loyalty programme", "test"),
        {
          type: "RandomCohortNode",
          id: "test",
          children: [
            { id: "offer", percent: 50, name: "offer" },
            { id: "ExitNode", percent: 50, name: "no offer" },
          ],
        },
        send("offer", "We miss you"),
      ),
    },
    {
      name: "Win back",
      status: "NotStarted",
      definition: journeyOf(
        joining("Browsing, not buying", "remind"),
        send("remind", "We miss you"),
      ),
    },
  ];
}
