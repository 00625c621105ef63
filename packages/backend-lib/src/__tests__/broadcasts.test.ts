// What others can work out of a broadcast: its id when it was executed, and the ids of its messages. The rest is tried over
// HTTP (broadcastsController.test.ts) and as the worker runs it (runBroadcast.test.ts).

import { v5 as uuidv5 } from "uuid";
import { expect, it, vi } from "vitest";

import { broadcastingOf, BY } from "../../test/broadcasting";
import { smsTemplate, traitSegment } from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import { executeBroadcast, runBroadcast } from "../broadcasts";
import { tenantEvents } from "../multitenancy/tenantEvents";

const env = useTenantEnv();
const broadcasting = broadcastingOf(env);

interface Job {
  readonly actor: unknown;
  readonly requestId: string;
  readonly turn: string;
}

/** Takes the steps that are asked for, and answers the jobs that did. */
async function runSteps(
  workspaceId: string,
  broadcastId: string,
): Promise<Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const { rows } = await env.owner.query<Job>(
      `DELETE FROM "TenantJob" WHERE "workspaceId" = $1 AND "task" = 'runBroadcast'
       RETURNING "actor", "requestId", "input" ->> 'turn' AS "turn"`,
      [workspaceId],
    );
    const [job] = rows;
    if (job === undefined) {
      return jobs;
    }
    expect(rows).toHaveLength(1);
    jobs.push(job);
    const { turn } = job;
    await env.as(workspaceId, () =>
      runBroadcast({ workspaceId, broadcastId, turn }, { attempts: 1 }),
    );
  }
}

it("follows from its name and its workspace, and from the user and the broadcast", async () => {
  const { workspaceId } = await broadcasting.audience(0);
  await broadcasting.addUsers(workspaceId, 2, { traits: { plan: "pro" } });
  const executed = await env.as(workspaceId, () =>
    executeBroadcast(
      {
        workspaceId,
        broadcastName: "Sale",
        segmentDefinition: traitSegment(),
        messageTemplateDefinition: smsTemplate(),
      },
      BY,
    ),
  );
  const { broadcastId } = executed._unsafeUnwrap();
  expect(broadcastId).toBe(uuidv5("Sale", workspaceId));

  const announced = vi.fn();
  tenantEvents.on("message", announced);
  const jobs = await runSteps(workspaceId, broadcastId);
  tenantEvents.off("message", announced);
  const messages = await broadcasting.messages(workspaceId);
  expect(messages.map(({ messageId }) => messageId)).toEqual(
    ["u00001", "u00002"].map((userId) =>
      uuidv5(`${userId}-${broadcastId}`, workspaceId),
    ),
  );
  expect(announced).toHaveBeenCalledExactlyOnceWith({
    workspaceId,
    channel: "Sms",
    state: "Queued",
    count: 2,
  });
  // The first step is done in the name of who asked, the rest in the host's.
  expect(jobs.map(({ actor, requestId }) => [actor, requestId])).toEqual([
    [BY.actor, BY.requestId],
    [{ type: "worker", id: "broadcasts" }, "broadcasts"],
  ]);
});
