// Acme Outfitters: the large demo workspace, a shop for clothes and gear on the web.

import { journeys, segments, SHOP, templates } from "./acmeContent";
import {
  type DemoWorkspace,
  MINUTE_MS,
  SECOND_MS,
  type Step,
} from "./demoWorkspace";
import { type Random } from "./random";

const PRODUCTS = [
  {
    sku: "JKT-204",
    product: "Ridge Rain Jacket",
    category: "Jackets",
    price: 149,
  },
  { sku: "BTS-118", product: "Trail Boots", category: "Footwear", price: 129 },
  { sku: "PCK-032", product: "Day Pack 24", category: "Packs", price: 89 },
  {
    sku: "TNT-007",
    product: "Two-Person Tent",
    category: "Camping",
    price: 279,
  },
  { sku: "SCK-551", product: "Merino Socks", category: "Footwear", price: 19 },
  { sku: "FLC-310", product: "Summit Fleece", category: "Jackets", price: 79 },
  { sku: "BTL-090", product: "Steel Bottle", category: "Camping", price: 29 },
] as const;

function visit(random: Random): Step[] {
  const looked = Array.from({ length: random.integer(1, 3) }, () =>
    random.pick(PRODUCTS),
  );
  const steps: Step[] = [
    {
      eventType: "page",
      event: "Home",
      properties: {
        url: SHOP,
        referrer: random.pick(["", "search", "social"]),
      },
      afterMs: 0,
    },
    ...looked.map(({ sku, product, category, price }) => ({
      eventType: "track" as const,
      event: "Product Viewed",
      properties: { sku, product, category, price },
      afterMs: random.integer(20, 120) * SECOND_MS,
    })),
  ];
  const items = looked.filter(() => random.chance(0.4));
  const total = items.reduce((sum, { price }) => sum + price, 0);
  const funnel = [
    { event: "Product Added", on: items.length > 0 },
    { event: "Checkout Started", on: random.chance(0.6) },
    { event: "Order Placed", on: random.chance(0.7) },
  ];
  const orderId = `A-${random.integer(100000, 999999)}`;
  for (const { event, on } of funnel) {
    if (!on) {
      return steps;
    }
    steps.push({
      eventType: "track",
      event,
      properties: {
        ...(event === "Order Placed" ? { orderId } : {}),
        items: items.map(({ sku }) => sku),
        total,
        currency: "USD",
      },
      afterMs: random.integer(1, 6) * MINUTE_MS,
    });
  }
  return steps;
}

export const acmeOutfitters: DemoWorkspace = {
  name: "Acme Outfitters",
  seed: 1001,
  ageDays: 150,
  userCount: 4000,
  visits: 2.2,
  daysBetweenVisits: 12,
  members: [
    {
      name: "Olivia Park",
      email: "olivia@acme-outfitters.example",
      role: "Admin",
    },
    {
      name: "Marcus Bell",
      email: "marcus@acme-outfitters.example",
      role: "WorkspaceManager",
    },
    {
      name: "Ines Rocha",
      email: "ines@acme-outfitters.example",
      role: "Author",
    },
    {
      name: "Theo Lind",
      email: "theo@acme-outfitters.example",
      role: "Author",
    },
    {
      name: "Yuki Mori",
      email: "yuki@acme-outfitters.example",
      role: "Viewer",
    },
    { name: "Sam Rivera", email: "sam@agency.example", role: "Admin" },
  ],
  content: (idOf) => ({
    userProperties: [
      {
        name: "loyaltyTier",
        definition: { type: "Trait", path: "loyaltyTier" },
        exampleValue: JSON.stringify("gold"),
      },
      {
        name: "signedUpAt",
        definition: { type: "Trait", path: "signedUpAt" },
        exampleValue: JSON.stringify("2026-01-31T09:00:00.000Z"),
      },
      {
        name: "lastOrderTotal",
        definition: { type: "Performed", event: "Order Placed", path: "total" },
        exampleValue: JSON.stringify(149),
      },
      {
        name: "lastViewedProduct",
        definition: {
          type: "Performed",
          event: "Product Viewed",
          path: "product",
        },
        exampleValue: JSON.stringify("Trail Boots"),
      },
    ],
    segments,
    templates,
    journeys: journeys(idOf),
    subscriptionGroups: [
      { name: "Product news", type: "OptIn", channel: "Email" },
      { name: "Order updates by SMS", type: "OptOut", channel: "Sms" },
    ],
    greeting: {
      node: "greet",
      journey: "Welcome series",
      template: "Welcome to Acme",
    },
  }),
  traits: (random, signedUpAt) => ({
    signedUpAt: signedUpAt.toISOString(),
    loyaltyTier: random.pick(["none", "none", "none", "silver", "gold"]),
    marketingConsent: random.chance(0.7),
  }),
  visit,
};
