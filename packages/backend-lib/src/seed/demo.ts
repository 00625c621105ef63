// The demo that an empty database begins with: four workspaces of different sizes, with content, members, users and some
// months of events. Owns that it is all there or not at all, and only where nothing was before. What is in it is said by
// the files beside this one.

import { sql } from "drizzle-orm";
import { ok } from "neverthrow";
import { v5 as uuidv5 } from "uuid";

import { clock } from "../clock";
import { inTransaction, systemDb, type Transaction } from "../db";
import { ensurePartitions } from "../db/partitions";
import {
  journey,
  messageTemplate,
  segment,
  subscriptionGroup,
  userProperty,
  workspace,
  workspaceMember,
  workspaceMemberRole,
} from "../db/schema";
import { putSegmentMemberships } from "../segmentAssignments";
import { ensureDefaults, subscriptionGroupSegments } from "../workspaces";
import { acmeOutfitters } from "./acmeOutfitters";
import { type DemoUser, inventUsers } from "./activity";
import { bluebirdFitness, juniperLabs } from "./bluebirdFitness";
import {
  DAY_MS,
  type DemoContent,
  type DemoWorkspace,
  type IdOf,
} from "./demoWorkspace";
import { belongs } from "./membership";
import { northwindCoffee } from "./northwindCoffee";
import { createRandom } from "./random";
import { storeUsers } from "./store";
import { withoutLimits } from "./withoutLimits";

/** In order of age: the first is the one that opens without a name. */
export const DEMO_WORKSPACES: readonly DemoWorkspace[] = [
  acmeOutfitters,
  northwindCoffee,
  bluebirdFitness,
  juniperLabs,
];

/** Where the ids of the demo's workspaces come from: the same in every installation, so that examples can name them. */
const DEMO_NAMESPACE = "3f1d9a52-7c64-4b8e-9a10-d5e2c47b6f08";

/** The id of the demo workspace of this name. */
export function demoWorkspaceId(name: string): string {
  return uuidv5(name, DEMO_NAMESPACE);
}

interface Target {
  readonly tx: Transaction;
  readonly workspaceId: string;
  readonly idOf: IdOf;
  /** When the workspace's resources were made. */
  readonly made: { readonly createdAt: Date; readonly updatedAt: Date };
}

async function storeMembers(
  { tx, workspaceId, made }: Target,
  members: DemoWorkspace["members"],
): Promise<void> {
  for (const { name, email, role } of members) {
    // Who works in several workspaces is one member: the update is there to answer the id.
    const rows = await tx
      .insert(workspaceMember)
      .values({ name, email, emailVerified: true, ...made })
      .onConflictDoUpdate({ target: workspaceMember.email, set: { name } })
      .returning({ workspaceMemberId: workspaceMember.id });
    await tx
      .insert(workspaceMemberRole)
      .values(rows.map((row) => ({ workspaceId, role, ...row, ...made })));
  }
}

async function storeGroups(
  { tx, workspaceId, idOf, made }: Target,
  groups: DemoContent["subscriptionGroups"],
): Promise<void> {
  for (const group of groups) {
    const id = idOf(group.name);
    await tx
      .insert(subscriptionGroup)
      .values({ id, workspaceId, ...group, ...made });
    await tx
      .insert(segment)
      .values(
        subscriptionGroupSegments({ workspaceId, id, type: group.type }).map(
          (row) => ({ ...row, ...made, definitionUpdatedAt: made.updatedAt }),
        ),
      );
  }
}

async function storeContent(
  target: Target,
  content: DemoContent,
): Promise<void> {
  const { tx, workspaceId, idOf, made } = target;
  const toRow = <T extends { readonly name: string }>(item: T) => ({
    id: idOf(item.name),
    workspaceId,
    ...item,
    ...made,
  });
  const definitionUpdatedAt = made.updatedAt;
  const rows = content.segments.map((item) => ({
    ...toRow(item),
    definitionUpdatedAt,
  }));
  const properties = content.userProperties.map((item) => ({
    ...toRow(item),
    definitionUpdatedAt,
  }));
  // Drizzle takes an empty list for a mistake.
  if (rows.length > 0) await tx.insert(segment).values(rows);
  if (properties.length > 0) await tx.insert(userProperty).values(properties);
  if (content.templates.length > 0)
    await tx.insert(messageTemplate).values(content.templates.map(toRow));
  if (content.journeys.length > 0)
    await tx.insert(journey).values(
      content.journeys.map((item) => ({
        ...toRow(item),
        statusUpdatedAt: made.updatedAt,
      })),
    );
  await storeGroups(target, content.subscriptionGroups);
}

/** Who is in which running segment, and a few who have left the first group. */
async function storeMemberships(
  { tx, workspaceId, idOf }: Target,
  {
    content,
    users,
    now,
    seed,
  }: {
    readonly content: DemoContent;
    readonly users: readonly DemoUser[];
    readonly now: Date;
    readonly seed: number;
  },
): Promise<void> {
  const inSegments = content.segments
    .filter(({ status }) => status === undefined || status === "Running")
    .flatMap(({ name, definition }) =>
      users
        .filter((user) => belongs(definition, user, now))
        .map(({ userId }) => ({
          userId,
          segmentId: idOf(name),
          inSegment: true,
        })),
    );
  const random = createRandom(seed);
  const [group] = content.subscriptionGroups;
  const choices =
    group === undefined
      ? []
      : users
          .filter(() => random.chance(0.08))
          .flatMap(({ userId }) => {
            const isSubscribed = group.type === "OptIn" || random.chance(0.2);
            const [subscribed, unsubscribed] = subscriptionGroupSegments({
              workspaceId,
              id: idOf(group.name),
              type: group.type,
            });
            return [
              { userId, segmentId: subscribed.id, inSegment: isSubscribed },
              { userId, segmentId: unsubscribed.id, inSegment: !isSubscribed },
            ];
          });
  await putSegmentMemberships(tx, workspaceId, [...inSegments, ...choices]);
}

/** Answers a line for the log. */
async function storeWorkspace(
  tx: Transaction,
  demo: DemoWorkspace,
  now: Date,
): Promise<string> {
  const workspaceId = demoWorkspaceId(demo.name);
  const idOf: IdOf = (name) => uuidv5(name, workspaceId);
  const createdAt = new Date(now.getTime() - demo.ageDays * DAY_MS);
  const made = { createdAt, updatedAt: createdAt };
  const target: Target = { tx, workspaceId, idOf, made };
  await tx
    .insert(workspace)
    .values({ id: workspaceId, name: demo.name, ...made });
  const key = await ensureDefaults(tx, {
    workspaceId,
    workspaceName: demo.name,
  });
  if (key.isErr()) {
    throw new Error("A new workspace has a secret already.");
  }
  const content = demo.content(idOf);
  const users = inventUsers(demo, { now, idOf });
  const eventCount = await withoutLimits(tx, workspaceId, async () => {
    await storeMembers(target, demo.members);
    await storeContent(target, content);
    return storeUsers(tx, workspaceId, users);
  });
  const { seed } = demo;
  await storeMemberships(target, { content, users, now, seed });
  return `demo workspace ${demo.name}: ${users.length} users, ${eventCount} events`;
}

/**
 * Fills a database that has no workspace with the demo; resolves to whether it did. One transaction: after a crash the
 * next call starts afresh, and of several processes one does it while the others wait.
 */
export async function seedDemo({
  log,
  workspaces = DEMO_WORKSPACES,
}: {
  readonly log: (message: string) => void;
  readonly workspaces?: readonly DemoWorkspace[];
}): Promise<boolean> {
  const isEmpty = async (database: Pick<Transaction, "$count">) =>
    (await database.$count(workspace)) === 0;
  if (!(await isEmpty(systemDb()))) {
    return false;
  }
  const now = clock().now();
  const oldest = Math.max(...workspaces.map(({ ageDays }) => ageDays));
  await ensurePartitions({ since: new Date(now.getTime() - oldest * DAY_MS) });
  const lines = await inTransaction<string[], never>(
    async (tx) => {
      await tx.execute(
        sql`SELECT pg_advisory_xact_lock(hashtextextended('seedDemo', 0))`,
      );
      const written: string[] = [];
      if (await isEmpty(tx)) {
        for (const demo of workspaces) {
          written.push(await storeWorkspace(tx, demo, now));
        }
      }
      return ok(written);
    },
    { database: systemDb() },
  );
  const written = lines.unwrapOr([]);
  written.forEach((line) => log(line));
  return written.length > 0;
}
