// The task that sends, run by real workers: by this process's as messages are accepted, and by processes of their own that are
// killed (SIGKILL) in the middle of handing over. Each message arrives at most once, counts once, and none stays Sending.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { startMailServer } from "backend-lib/test/mailServer";
import { messagingOf, recipients } from "backend-lib/test/messaging";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { TENANT_TASKS } from "../jobs";

const env = useTenantEnv();
const messaging = messagingOf(env);

const waitFor = (expectation: () => Promise<void> | void) =>
  vi.waitFor(expectation, { timeout: 30_000, interval: 20 });

let worker: Worker | undefined;
let child: ChildProcess | undefined;

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  child?.kill("SIGKILL");
});

/** `yarn worker` as a process of its own. */
function startProcess(): ChildProcess {
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  return spawn(
    process.execPath,
    ["--import", "tsx", "scripts/startWorker.ts"],
    {
      cwd,
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: "test",
        LOG_LEVEL: "silent",
        DATABASE_URL: env.url("dittofeed_app"),
        DATABASE_SYSTEM_URL: env.url("dittofeed_system"),
        SMTP_ALLOW_PRIVATE_ADDRESSES: "true",
      },
    },
  );
}

async function kill(process: ChildProcess): Promise<void> {
  const ended = once(process, "exit");
  process.kill("SIGKILL");
  await ended;
}

async function countByState(
  workspaceId: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of await messaging.messages(workspaceId)) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

describe("messages", () => {
  it("are sent by the worker once they are accepted, of several workspaces", async () => {
    const senders = await Promise.all([messaging.sender(), messaging.sender()]);
    worker = await buildWorker({
      jobs: {},
      tenantTasks: TENANT_TASKS,
      config: { tenantPollIntervalMs: 20 },
    });
    for (const sender of senders) {
      await messaging.accept({ ...sender, recipients: recipients(50) });
    }
    for (const { workspaceId } of senders) {
      await waitFor(async () =>
        expect(await countByState(workspaceId)).toEqual({ Sent: 50 }),
      );
      expect(await messaging.used(workspaceId)).toBe(50);
    }
  });

  it(
    "arrive at most once and count once, however often the worker is killed while it hands them over",
    { timeout: 120_000 },
    async () => {
      const total = 60;
      let hasMore = Promise.resolve();
      let letGo = () => {};
      const hold = () => {
        hasMore = new Promise((resolve) => {
          letGo = resolve;
        });
      };
      let inHand = 0;
      const moreInHand = () => {
        const before = inHand;
        return waitFor(() => expect(inHand).toBeGreaterThan(before + 1));
      };
      const server = await startMailServer(async ({ stage }) => {
        if (stage === "data") {
          inHand += 1;
          await hasMore; // the text is here, and the worker does not know yet
        }
        return undefined;
      });
      try {
        const sender = await messaging.sender({
          type: "Smtp",
          host: "127.0.0.1",
          port: String(server.port),
        });
        const { workspaceId } = sender;
        await messaging.accept({ ...sender, recipients: recipients(total) });

        for (let round = 0; round < 2; round += 1) {
          child = startProcess();
          const before = server.received.length;
          await waitFor(() =>
            expect(server.received.length).toBeGreaterThan(before + 3),
          );
          hold();
          await moreInHand();
          await kill(child);
          letGo(); // what was in hand arrives all the same
          expect((await countByState(workspaceId)).Sending).toBeGreaterThan(0);
          await messaging.letTimePass();
        }

        child = startProcess();
        await waitFor(async () => {
          const { Queued = 0, Sending = 0 } = await countByState(workspaceId);
          expect({ Queued, Sending }).toEqual({ Queued: 0, Sending: 0 });
        });
        await kill(child);

        const {
          Sent = 0,
          Unknown = 0,
          ...others
        } = await countByState(workspaceId);
        expect(others).toEqual({});
        expect(Sent + Unknown).toBe(total);
        expect(Unknown).toBeGreaterThan(0);
        expect(await messaging.used(workspaceId)).toBe(total);

        const arrived = server.received.map(({ to }) => to.join());
        expect(new Set(arrived).size).toBe(arrived.length);
        const sent = (await messaging.messages(workspaceId)).flatMap((row) =>
          row.state === "Sent" ? [`${row.userId}@example.com`] : [],
        );
        expect(sent.filter((address) => !arrived.includes(address))).toEqual(
          [],
        );
      } finally {
        letGo();
        await server.close();
      }
    },
  );
});
