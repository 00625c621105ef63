// Whatever arrives, whoever admits, however limits go up and down meanwhile: each accepted event is stored once, of each user
// in the order in which it was sent, and the figures say what became of it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import fc from "fast-check";
import { type BatchItem } from "isomorphic-lib/src/types";
import { expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { dropHeldEvents, getHeldEvents } from "../heldEvents";
import { admitHeldEvents, ingestEvents } from "../userEvents";
import { deleteUsers } from "../users";

const env = useTenantEnv();

async function limit(
  workspaceId: string,
  resourceType: string,
  amount: number | null,
): Promise<void> {
  await env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, 'limit', $3)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [workspaceId, resourceType, amount],
  );
}

async function send(workspaceId: string, events: readonly BatchItem[]) {
  const result = await env.as(workspaceId, () =>
    ingestEvents({ workspaceId, events }),
  );
  return result._unsafeUnwrap();
}

const admit = (workspaceId: string) =>
  env.as(workspaceId, () => admitHeldEvents({ workspaceId }));

/** The names of the events stored of each user, as they are listed. */
async function stored(workspaceId: string): Promise<Map<string, string[]>> {
  const { rows } = await env.owner.query<{ user: string; events: string[] }>(
    `SELECT "userOrAnonymousId" AS "user", array_agg("event" ORDER BY "processingTime", "position") AS "events"
       FROM "UserEvent" WHERE "workspaceId" = $1 GROUP BY 1`,
    [workspaceId],
  );
  return new Map(rows.map(({ user, events }) => [user, events]));
}

/** The figures, beside what they have to say. */
async function expectExactFigures(workspaceId: string) {
  const { figures } = await env.as(workspaceId, () =>
    getHeldEvents({ workspaceId }),
  );
  const { rows } = await env.owner.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM "HeldEvent" WHERE "workspaceId" = $1`,
    [workspaceId],
  );
  expect(figures.waiting).toBe(rows[0]?.count);
  expect(figures.held).toBe(
    figures.waiting + figures.admitted + figures.droppedAged + figures.dropped,
  );
  expect(figures.droppedFull).toBe(0);
  return figures;
}

/** Nobody was let in beyond the limit, and the counter says how many there are. */
async function expectExactUsers(workspaceId: string): Promise<void> {
  const { rows } = await env.owner.query<{ used: number; users: number }>(
    `SELECT (SELECT coalesce(sum("used"), 0)::integer FROM "WorkspaceUsage"
              WHERE "workspaceId" = $1 AND "resourceType" = 'users') AS used,
            (SELECT count(*)::integer FROM "WorkspaceUser" WHERE "workspaceId" = $1) AS users`,
    [workspaceId],
  );
  expect(rows[0]?.used).toBe(rows[0]?.users);
}

const person = fc.integer({ min: 0, max: 3 });

/** What one client does, one after the other: it alone speaks of its users. */
const clientStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      people: fc.array(person, { minLength: 1, maxLength: 5 }),
      isSentAgain: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), person }),
  },
);

const adminStep = fc.oneof(
  fc.record({
    kind: fc.constant("limit" as const),
    resource: fc.constantFrom("users", "users", "events", "storage"),
    amount: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 1 }),
  }),
  fc.record({ kind: fc.constant("admit" as const) }),
);

const script = fc.record({
  limit: fc.integer({ min: 0, max: 8 }),
  clients: fc.array(fc.array(clientStep, { maxLength: 8 }), {
    minLength: 1,
    maxLength: 3,
  }),
  admins: fc.array(fc.array(adminStep, { maxLength: 12 }), {
    minLength: 1,
    maxLength: 2,
  }),
});

type ClientStep = typeof clientStep extends fc.Arbitrary<infer T> ? T : never;
type AdminStep = typeof adminStep extends fc.Arbitrary<infer T> ? T : never;

/** Does what the client does; answers what has to be stored of its users in the end. */
async function runClient(
  workspaceId: string,
  client: number,
  steps: readonly ClientStep[],
): Promise<Map<string, string[]>> {
  const expected = new Map<string, string[]>();
  let count = 0;
  const next = (userId: string): BatchItem => {
    count += 1;
    const event = `event-${client}-${count}`;
    expected.set(userId, [...(expected.get(userId) ?? []), event]);
    return { type: "track", messageId: event, userId, event };
  };
  for (const step of steps) {
    if (step.kind === "delete") {
      const userId = `user-${client}-${step.person}`;
      await env.as(workspaceId, () =>
        deleteUsers({ workspaceId, userIds: [userId] }),
      );
      expected.delete(userId);
    } else {
      const batch = step.people.map((who) => next(`user-${client}-${who}`));
      await send(workspaceId, batch);
      if (step.isSentAgain) {
        await send(workspaceId, batch.toReversed());
      }
    }
  }
  return expected;
}

async function runAdmin(
  workspaceId: string,
  steps: readonly AdminStep[],
): Promise<void> {
  for (const step of steps) {
    if (step.kind === "admit") {
      await admit(workspaceId);
    } else {
      await limit(workspaceId, step.resource, step.amount);
    }
  }
}

async function liftLimits(workspaceId: string): Promise<void> {
  for (const resource of ["users", "events", "storage"]) {
    await limit(workspaceId, resource, null);
  }
}

it("each user's events are stored once and in order, whatever happens at the same time", async () => {
  await fc.assert(
    fc.asyncProperty(script, async (given) => {
      const workspaceId = await env.createWorkspace();
      await limit(workspaceId, "users", given.limit);

      const [expected] = await Promise.all([
        Promise.all(
          given.clients.map((steps, at) => runClient(workspaceId, at, steps)),
        ),
        ...given.admins.map((steps) => runAdmin(workspaceId, steps)),
      ]);

      await expectExactFigures(workspaceId);
      await expectExactUsers(workspaceId);
      await liftLimits(workspaceId);
      await admit(workspaceId);
      expect(await expectExactFigures(workspaceId)).toMatchObject({
        waiting: 0,
      });
      await expectExactUsers(workspaceId);
      expect(await stored(workspaceId)).toEqual(
        new Map(expected.flatMap((each) => [...each])),
      );
    }),
    { numRuns: 40 },
  );
}, 120_000);

function start(program: string, ...args: string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      fileURLToPath(new URL(`../../test/${program}`, import.meta.url)),
      ...args,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (child.stdout === null) {
    throw new Error("its output is piped");
  }
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

it("processes that ingest and admit at once, and are killed at it, lose nothing, double nothing and reorder nothing", async () => {
  const workspaceId = await env.createWorkspace();
  await limit(workspaceId, "users", 5);
  const USERS = 12;
  const ROUNDS = 15;
  const batchesOf = (who: string) =>
    Array.from({ length: ROUNDS }, (_, round) =>
      Array.from({ length: USERS }, (__, at): BatchItem => ({
        type: "track",
        messageId: `${who}-${at}-${round}`,
        userId: `${who}-${at}`,
        event: `event-${round}`,
      })),
    );
  const ingesting = ["left", "right"].map((who) => {
    const child = start(
      "ingestingProcess.ts",
      JSON.stringify({ workspaceId, batches: batchesOf(who) }),
    );
    return { child, lines: linesOf(child), exit: once(child, "exit") };
  });
  const admitting = [1, 2].map(() => {
    const child = start("admittingProcess.ts", workspaceId);
    return { child, lines: linesOf(child), exit: once(child, "exit") };
  });
  await Promise.all(
    [...ingesting, ...admitting].map(({ lines }) => lines.next()),
  );

  ingesting.forEach(({ child }) => child.stdin?.end("begin\n"));
  for (let amount = 6; amount <= 2 * USERS; amount += 3) {
    await limit(workspaceId, "users", amount);
    await admitting[1]?.lines.next();
  }
  admitting.forEach(({ child }) => child.kill("SIGKILL"));
  await Promise.all(ingesting.map(({ lines }) => lines.next()));
  await Promise.all([...ingesting, ...admitting].map(({ exit }) => exit));

  await liftLimits(workspaceId);
  // A killed process's transaction may still be under way: it is rolled back, or committed, under the queue's lock.
  await admit(workspaceId);
  await expectExactFigures(workspaceId);
  await expectExactUsers(workspaceId);
  const events = Array.from({ length: ROUNDS }, (_, round) => `event-${round}`);
  expect(await stored(workspaceId)).toEqual(
    new Map(
      ["left", "right"].flatMap((who) =>
        Array.from({ length: USERS }, (_, at) => [`${who}-${at}`, events]),
      ),
    ),
  );
}, 120_000);

it("dropping while others send and admit leaves each message in one place at most", async () => {
  const workspaceId = await env.createWorkspace();
  await limit(workspaceId, "users", 3);
  const batches = Array.from({ length: 20 }, (_, round) =>
    Array.from({ length: 6 }, (__, at): BatchItem => ({
      type: "track",
      messageId: `${at}-${round}`,
      userId: `user-${at}`,
      event: `event-${round}`,
    })),
  );
  const outcomes: Awaited<ReturnType<typeof send>>[] = [];
  await Promise.all([
    (async () => {
      for (const batch of batches) {
        outcomes.push(await send(workspaceId, batch));
      }
    })(),
    (async () => {
      for (let amount = 3; amount <= 6; amount += 1) {
        await limit(workspaceId, "users", amount);
        await admit(workspaceId);
        await env.as(workspaceId, () =>
          dropHeldEvents({ workspaceId, all: true }),
        );
      }
    })(),
  ]);

  const figures = await expectExactFigures(workspaceId);
  const total = (key: "storedCount" | "heldCount") =>
    outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  expect(total("storedCount") + total("heldCount")).toBe(120);
  expect(total("heldCount")).toBe(figures.held);
  const events = [...(await stored(workspaceId)).values()].flat();
  expect(events).toHaveLength(total("storedCount") + figures.admitted);
});
