// The life of a demo workspace: who came when, and what they did since. Owns times and ids; what a visit consists of is
// said by the workspace, storing it is store.ts.

import { type JsonObject } from "isomorphic-lib/src/types";

import {
  DAY_MS,
  type DemoWorkspace,
  HOUR_MS,
  type IdOf,
  MINUTE_MS,
  SECOND_MS,
} from "./demoWorkspace";
import { person } from "./people";
import { createRandom, type Random } from "./random";

export interface DemoEvent {
  readonly messageId: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly eventType: string;
  readonly event: string;
  readonly properties: JsonObject;
}

export interface DemoUser {
  readonly userId: string;
  /** A visitor who never said who they are. */
  readonly isAnonymous: boolean;
  readonly traits: JsonObject;
  /** In the order in which they happened; never empty. */
  readonly events: readonly DemoEvent[];
}

/** How long the longest visit takes: nobody comes later than this before now. */
const VISIT_MS = 3 * HOUR_MS;

type Occurrence = Omit<DemoEvent, "messageId">;

/** More of late than long ago, and while people are awake. */
function arrival(random: Random, start: number, end: number): number {
  const day = start + (end - start) * Math.sqrt(random.fraction());
  const midnight = day - (day % DAY_MS);
  const at =
    midnight +
    random.integer(7 * HOUR_MS, 23 * HOUR_MS) -
    random.integer(0, 999);
  return Math.min(Math.max(at, start), end - random.integer(0, DAY_MS / 4));
}

function visitsOf(
  random: Random,
  { visit, visits, daysBetweenVisits }: DemoWorkspace,
  { from, until }: { readonly from: number; readonly until: number },
): Occurrence[] {
  const count = 1 + Math.floor(random.wait(visits - 0.5));
  const occurrences: Occurrence[] = [];
  let visitAt = from;
  for (let index = 0; index < count && visitAt < until; index += 1) {
    let at = visitAt;
    for (const { afterMs, ...step } of visit(random)) {
      at += afterMs + random.integer(0, 5 * SECOND_MS);
      occurrences.push({ ...step, at });
    }
    visitAt += random.wait(daysBetweenVisits * DAY_MS) + HOUR_MS;
  }
  return occurrences.filter(({ at }) => at < until + VISIT_MS);
}

interface Greeting {
  readonly journeyId: string;
  readonly nodeId: string;
  readonly templateId: string;
}

/** The greeting's sending, and mostly its delivery and opening, as the host would have recorded them. */
function greeted(
  random: Random,
  greeting: Greeting,
  { at, to }: { readonly at: number; readonly to: unknown },
): DemoEvent[] {
  const messageId = random.id();
  const track = (
    event: string,
    id: string,
    time: number,
    properties: JsonObject,
  ): DemoEvent => ({
    messageId: id,
    at: time,
    eventType: "track",
    event,
    properties: { ...greeting, ...properties },
  });
  const sentAt = at + MINUTE_MS;
  const deliveredAt = sentAt + random.integer(1, 9) * SECOND_MS;
  const openedAt = deliveredAt + random.wait(5 * HOUR_MS);
  return [
    track("DFInternalMessageSent", messageId, sentAt, {
      variant: { type: "Email", to, provider: { type: "Test" } },
    }),
    ...(random.chance(0.97)
      ? [track("DFEmailDelivered", random.id(), deliveredAt, { messageId })]
      : []),
    ...(random.chance(0.45)
      ? [track("DFEmailOpened", random.id(), openedAt, { messageId })]
      : []),
  ];
}

function greetingOf(
  workspace: DemoWorkspace,
  idOf: IdOf,
): Greeting | undefined {
  const { greeting } = workspace.content(idOf);
  return greeting === undefined
    ? undefined
    : {
        journeyId: idOf(greeting.journey),
        nodeId: greeting.node,
        templateId: idOf(greeting.template),
      };
}

/** The workspace's users with all that they did until `now`; the same for the same `now`, but for ids of resources. */
export function inventUsers(
  workspace: DemoWorkspace,
  { now, idOf }: { readonly now: Date; readonly idOf: IdOf },
): DemoUser[] {
  const random = createRandom(workspace.seed);
  const greeting = greetingOf(workspace, idOf);
  const until = now.getTime() - VISIT_MS;
  const start = now.getTime() - workspace.ageDays * DAY_MS;
  return Array.from({ length: workspace.userCount }, (_, number) => {
    const from = Math.round(arrival(random, start, until));
    const isAnonymous = random.chance(0.04);
    const traits = isAnonymous
      ? {}
      : {
          ...person(random, number),
          ...workspace.traits(random, new Date(from)),
        };
    const said: Occurrence[] = isAnonymous
      ? []
      : [
          {
            at: from,
            eventType: "identify",
            event: "identify",
            properties: traits,
          },
        ];
    const done = visitsOf(random, workspace, { from, until });
    const events = [
      ...[...said, ...done].map((each) => ({
        messageId: random.id(),
        ...each,
      })),
      ...(greeting === undefined || isAnonymous
        ? []
        : greeted(random, greeting, { at: from, to: traits.email })),
    ]
      .map((event) => ({ ...event, at: Math.round(event.at) }))
      .filter(({ at }) => at < now.getTime())
      .sort((left, right) => left.at - right.at);
    return { userId: random.id(), isAnonymous, traits, events };
  });
}
