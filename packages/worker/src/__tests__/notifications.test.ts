// What the job queue announces to every session of the database that listens, of whatever role: never whose job it is.

import { randomUUID } from "node:crypto";

import { Type } from "@sinclair/typebox";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import pg from "pg";
import { expect, it, vi } from "vitest";

import { buildWorker } from "../buildWorker";
import { addTenantJob, tenantTask } from "../tenantTask";

const env = useTenantEnv();

it("the app role that listens hears of a job, but neither whose it is nor what it says", async () => {
  const workspaceId = await env.createWorkspace();
  const input = { text: randomUUID() };
  const listener = new pg.Client(env.url("dittofeed_app"));
  await listener.connect();
  const heard: string[] = [];
  listener.on("notification", ({ channel, payload = "" }) =>
    heard.push(`${channel} ${payload}`),
  );
  const worker = await buildWorker({
    jobs: {
      listened: {
        task: tenantTask(Type.Object({ text: Type.String() }), async () => {}),
      },
    },
    config: { pollIntervalMs: 50 },
  });
  try {
    await listener.query('LISTEN "jobs:insert"');
    await addTenantJob(worker.addJob, {
      task: "listened",
      workspaceId,
      actor: { type: "worker", id: "test" },
      input,
    });
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
    const all = heard.join("\n");
    expect(all).not.toContain(workspaceId);
    expect(all).not.toContain(input.text);
    expect(all).not.toContain("listened");
  } finally {
    await worker.stop();
    await listener.end();
  }
});
