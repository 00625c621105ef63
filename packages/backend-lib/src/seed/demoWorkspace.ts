// What a demo workspace is described by, and the numbers that all of them share. Owns the types; the workspaces
// themselves are in the files beside this one, making their data is activity.ts and store.ts.

import {
  type EventType,
  type JourneyDefinition,
  type JourneyStatus,
  type JsonObject,
  type MessageTemplateDefinition,
  type Role,
  type SegmentDefinition,
  type SegmentStatus,
  type UserPropertyDefinition,
} from "isomorphic-lib/src/types";

import { type Random } from "./random";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** One thing that a user does, some time after the one before. */
export interface Step {
  readonly eventType: Extract<EventType, "track" | "page" | "screen">;
  readonly event: string;
  readonly properties: JsonObject;
  readonly afterMs: number;
}

/** Answers the id of a resource of the workspace by its name; the same name always has the same id. */
export type IdOf = (name: string) => string;

export interface DemoContent {
  readonly userProperties: readonly {
    readonly name: string;
    readonly definition: UserPropertyDefinition;
    readonly exampleValue: string;
  }[];
  readonly segments: readonly {
    readonly name: string;
    readonly definition: SegmentDefinition;
    readonly status?: SegmentStatus;
  }[];
  readonly templates: readonly {
    readonly name: string;
    readonly definition: MessageTemplateDefinition;
  }[];
  readonly journeys: readonly {
    readonly name: string;
    readonly status: JourneyStatus;
    readonly definition: JourneyDefinition;
  }[];
  readonly subscriptionGroups: readonly {
    readonly name: string;
    readonly type: "OptIn" | "OptOut";
    readonly channel: "Email" | "Sms" | "MobilePush";
  }[];
  /** The e-mail that greets a new user, whose sending is part of the events; names from above. */
  readonly greeting?: {
    readonly journey: string;
    readonly node: string;
    readonly template: string;
  };
}

export interface DemoWorkspace {
  readonly name: string;
  /** The source of everything invented for it. */
  readonly seed: number;
  /** How long ago it was made, and since when users have come. */
  readonly ageDays: number;
  readonly userCount: number;
  readonly members: readonly {
    readonly name: string;
    readonly email: string;
    readonly role: Role;
  }[];
  readonly content: (idOf: IdOf) => DemoContent;
  /** What is known about a user besides what people have in common. */
  readonly traits: (random: Random, signedUpAt: Date) => JsonObject;
  /** One visit, step by step. */
  readonly visit: (random: Random) => readonly Step[];
  /** How often a user comes back on average, and after how many days. */
  readonly visits: number;
  readonly daysBetweenVisits: number;
}
