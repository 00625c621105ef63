// Once and only once, whatever the order: random interleavings of random batches, in one process and in two.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import fc from "fast-check";
import { type BatchItem } from "isomorphic-lib/src/types";
import { expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { ingestEvents } from "../userEvents";

const env = useTenantEnv();

async function ingest(workspaceId: string, events: readonly BatchItem[]) {
  const result = await env.as(workspaceId, () =>
    ingestEvents({ workspaceId, events }),
  );
  return result._unsafeUnwrap().storedCount;
}

/** Everything that follows from the events, but for the server's own times. */
async function state(workspaceId: string) {
  const [events, users, receipts] = await Promise.all(
    [
      `SELECT "messageId", "eventTime", "eventType", "event", "userId", "anonymousId", "userOrAnonymousId", "properties"
       FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "messageId"`,
      `SELECT "userId", "isAnonymous", "traits", "traitTimes" FROM "WorkspaceUser" WHERE "workspaceId" = $1 ORDER BY "userId"`,
      `SELECT "messageId" FROM "UserEventReceipt" WHERE "workspaceId" = $1 ORDER BY "messageId"`,
    ].map((query) => env.owner.query(query, [workspaceId])),
  );
  return { events: events?.rows, users: users?.rows, receipts: receipts?.rows };
}

const who = fc.oneof(
  fc.constantFrom("ann", "bob").map((userId) => ({ userId })),
  fc.constantFrom("ann", "visitor").map((anonymousId) => ({ anonymousId })),
  fc.constant({ userId: "ann", anonymousId: "visitor" }),
);

const traits = fc.dictionary(
  fc.constantFrom("plan", "seats", "city"),
  fc.oneof(
    fc.integer(),
    fc.string({ maxLength: 3, unit: "grapheme-ascii" }),
    fc.constant(null),
  ),
);

/** Moments are all different: of two things said at the same moment, the one that arrives later stays. */
const history = fc
  .array(fc.tuple(who, traits, fc.constantFrom("identify", "track", "page")), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((parts) =>
    fc
      .shuffledSubarray(
        parts.map((_, at) => at),
        { minLength: parts.length },
      )
      .map((moments) =>
        parts.map(([identity, values, type], at): BatchItem => {
          const common = {
            messageId: `message-${at}`,
            timestamp: new Date(
              Date.UTC(2026, 0, 1, 0, moments[at]),
            ).toISOString(),
            ...identity,
          };
          switch (type) {
            case "identify":
              return { ...common, type, traits: values };
            case "track":
              return { ...common, type, event: "Visit", properties: values };
            default:
              return { ...common, type: "page" };
          }
        }),
      ),
  );

/** Batches that hold each event at least once, in any order, some of them at the same time. */
const delivery = history.chain((events) =>
  fc.record({
    events: fc.constant(events),
    rounds: fc
      .array(
        fc.array(fc.array(fc.constantFrom(...events), { maxLength: 6 }), {
          minLength: 1,
          maxLength: 4,
        }),
        { maxLength: 4 },
      )
      .chain((rounds) =>
        fc
          .shuffledSubarray(events, { minLength: events.length })
          .map((all) => [...rounds, [all]]),
      )
      .chain((rounds) =>
        fc.shuffledSubarray(rounds, { minLength: rounds.length }),
      ),
  }),
);

it("any interleaving and repetition of batches leaves what storing each event once leaves", async () => {
  await fc.assert(
    fc.asyncProperty(delivery, async ({ events, rounds }) => {
      const [once, often] = [
        await env.createWorkspace(),
        await env.createWorkspace(),
      ];
      await ingest(once, events);

      let stored = 0;
      for (const batches of rounds) {
        const counts = await Promise.all(
          batches.map((batch) => ingest(often, batch)),
        );
        stored += counts.reduce((sum, count) => sum + count, 0);
      }

      expect(stored).toBe(events.length);
      expect(await state(often)).toEqual(await state(once));
    }),
    { numRuns: 60 },
  );
}, 60_000);

interface Running {
  readonly isReady: Promise<void>;
  readonly begin: () => void;
  readonly stored: Promise<number>;
}

function startProcess(
  workspaceId: string,
  batches: readonly BatchItem[][],
): Running {
  const program = fileURLToPath(
    new URL("../../test/ingestingProcess.ts", import.meta.url),
  );
  const child = spawn(
    process.execPath,
    ["--import", "tsx", program, JSON.stringify({ workspaceId, batches })],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const isReady = lines.next().then(() => undefined);
  return {
    isReady,
    begin: () => {
      child.stdin.end("begin\n");
    },
    stored: isReady.then(async () => {
      const line = await lines.next();
      return Number(line.value);
    }),
  };
}

it("two processes that send the same events at the same time store each once", async () => {
  const workspaceId = await env.createWorkspace();
  const events = Array.from({ length: 400 }, (_, at): BatchItem => ({
    type: "identify",
    messageId: randomUUID(),
    userId: `user-${at % 9}`,
    traits: { [`trait-${at}`]: at },
  }));
  const inBatches = (from: readonly BatchItem[], size: number) =>
    Array.from({ length: Math.ceil(from.length / size) }, (_, at) =>
      from.slice(at * size, (at + 1) * size),
    );
  const processes = [
    startProcess(workspaceId, inBatches(events, 7)),
    startProcess(workspaceId, inBatches(events.toReversed(), 11)),
    startProcess(workspaceId, inBatches(events, 5)),
  ];
  await Promise.all(processes.map(({ isReady }) => isReady));
  processes.forEach(({ begin }) => begin());

  const stored = await Promise.all(processes.map((each) => each.stored));

  expect(stored.reduce((sum, count) => sum + count)).toBe(events.length);
  const { events: rows = [], users = [] } = await state(workspaceId);
  expect(rows).toHaveLength(events.length);
  const names = users.flatMap((user: { traits: object }) =>
    Object.keys(user.traits),
  );
  expect(new Set(names).size).toBe(events.length);
});
