// What the job queue announces to every session of the database that listens, of whatever role: never whose job it is.

import { randomUUID } from "node:crypto";

import { Type } from "@sinclair/typebox";
import { addTenantJob } from "backend-lib/src/tenantJobs";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import pg from "pg";
import { expect, it, vi } from "vitest";

import { buildWorker } from "../buildWorker";
import { tenantTask } from "../tenantTask";

const env = useTenantEnv();

it("the app role that listens hears of a workspace's job nothing, of the host's own neither what it says", async () => {
  const workspaceId = await env.createWorkspace();
  const text = randomUUID();
  const listener = new pg.Client(env.url("dittofeed_app"));
  await listener.connect();
  const heard: string[] = [];
  listener.on("notification", ({ channel, payload = "" }) =>
    heard.push(`${channel} ${payload}`),
  );
  const ran: string[] = [];
  const worker = await buildWorker({
    jobs: {
      listened: {
        task: async () => {
          ran.push("host");
        },
      },
    },
    tenantTasks: {
      listened: tenantTask(Type.Object({ text: Type.String() }), async () => {
        ran.push("workspace");
      }),
    },
    config: { pollIntervalMs: 50 },
  });
  try {
    await listener.query('LISTEN "jobs:insert"');
    await env.as(workspaceId, () =>
      addTenantJob({
        task: "listened",
        workspaceId,
        actor: { type: "worker", id: "test" },
        requestId: "r1",
        input: { text },
      }),
    );
    await vi.waitFor(() => expect(ran).toEqual(["workspace"]), 15_000);
    expect(heard).toEqual([]);
    await worker.addJob("listened", { workspaceId, text });
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), 15_000);
    const all = heard.join("\n");
    expect(all).not.toContain(workspaceId);
    expect(all).not.toContain(text);
    expect(all).not.toContain("listened");
  } finally {
    await worker.stop();
    await listener.end();
  }
});
