// The published clients, unmodified, against the listening server: what they send arrives in their workspace exactly once,
// and in no other.

import { randomUUID } from "node:crypto";

import { admitHeldEvents } from "backend-lib/src/userEvents";
import { type FastifyInstance } from "fastify";
import { beforeAll, describe, expect, it } from "vitest";

import {
  findChromium,
  type Mission,
  runClient,
  runInBrowser,
} from "../../test/sdk/clients";
import { type ApiWorkspace, useApi } from "../../test/useApi";

const api = useApi();
const chromium = findChromium();

async function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ host: "127.0.0.1", port: 0 });
}

let host = "";
beforeAll(async () => {
  host = await listen(api.app);
});

interface Sent {
  readonly workspace: ApiWorkspace;
  readonly userId: string;
  readonly mission: Mission;
}

/** One customer's traffic: some single calls, and enough in a row to make several batches. */
async function customer(): Promise<Sent> {
  const workspace = await api.workspace();
  const userId = `user-${randomUUID()}`;
  const own = () => ({ messageId: randomUUID(), userId });
  const mission: Mission = {
    host,
    writeKey: workspace.writeKey,
    calls: [
      ["identify", { ...own(), traits: { email: `${userId}@example.com` } }],
      ["track", { ...own(), event: "Signed Up", properties: { plan: "pro" } }],
      ["page", { ...own(), name: "Home", properties: { path: "/" } }],
      ["screen", { ...own(), name: "Inbox", context: { os: "x" } }],
      ["page", { messageId: randomUUID(), anonymousId: `anonymous-${userId}` }],
      ...Array.from(
        { length: 23 },
        (_, at) =>
          [
            "track",
            { ...own(), event: "Clicked", properties: { at } },
          ] as const,
      ),
    ],
  };
  return { workspace, userId, mission };
}

async function eventsOf(workspaceId: string) {
  const { rows } = await api.env.owner.query<{
    messageId: string;
    eventType: string;
    event: string;
    userOrAnonymousId: string;
  }>(
    `SELECT "messageId", "eventType", "event", "userOrAnonymousId" FROM "UserEvent" WHERE "workspaceId" = $1`,
    [workspaceId],
  );
  return rows;
}

async function expectExactlyOnce({ workspace, userId, mission }: Sent) {
  const { workspaceId } = workspace;
  const byId = (a: { messageId: unknown }, b: { messageId: unknown }) =>
    String(a.messageId).localeCompare(String(b.messageId));
  const expected = mission.calls.map(([eventType, params]) => ({
    messageId: params.messageId,
    eventType,
    event: params.event ?? params.name ?? eventType,
    userOrAnonymousId: params.userId ?? params.anonymousId,
  }));
  expect((await eventsOf(workspaceId)).sort(byId)).toEqual(expected.sort(byId));
  const users = await api.env.owner.query(
    `SELECT "userId", "isAnonymous", "traits" FROM "WorkspaceUser" WHERE "workspaceId" = $1 ORDER BY "userId"`,
    [workspaceId],
  );
  expect(users.rows).toEqual([
    { userId: `anonymous-${userId}`, isAnonymous: true, traits: {} },
    {
      userId,
      isAnonymous: false,
      traits: { email: `${userId}@example.com` },
    },
  ]);
  const elsewhere = await api.env.owner.query(
    `SELECT 1 FROM "UserEvent" WHERE "workspaceId" <> $1 AND "userOrAnonymousId" LIKE '%' || $2`,
    [workspaceId, userId],
  );
  expect(elsewhere.rows).toEqual([]);
}

describe.each(["nodeClient.mjs", "webClient.mjs"] as const)(
  "the published SDK (%s)",
  (program) => {
    it("sends to two workspaces at once; each gets its own, exactly once, also when all is sent again", async () => {
      const customers = [await customer(), await customer()];

      for (let round = 0; round < 2; round += 1) {
        await Promise.all(
          customers.map(({ mission }) => runClient(program, mission)),
        );
        for (const sent of customers) {
          await expectExactlyOnce(sent);
        }
      }
    });

    it("goes on when its workspace is full of users: what it sends waits, and arrives in order once there is room", async () => {
      const workspace = await api.workspace();
      const { workspaceId, writeKey } = workspace;
      const limit = (amount: number) =>
        api.env.owner.query(
          `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'users', 'limit', $2)
           ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
          [workspaceId, amount],
        );
      await limit(1);
      const names = ["one", "two", "three"];
      // More than a batch holds, so that the SDK sends by itself as well, where a refusal would end its process.
      const calls = ["known", "new", "newer"].flatMap((userId) =>
        names.map((event) => ["track", { userId, event }] as const),
      );

      for (const call of calls) {
        await runClient(program, { host, writeKey, calls: [call] });
      }
      await runClient(program, { host, writeKey, calls });
      expect(await eventsOf(workspaceId)).toHaveLength(2 * names.length);

      await limit(3);
      await api.env.as(workspaceId, () => admitHeldEvents({ workspaceId }));
      const { rows } = await api.env.owner.query<{
        userId: string;
        events: string[];
      }>(
        `SELECT "userId", array_agg("event" ORDER BY "processingTime", "position") AS "events"
           FROM "UserEvent" WHERE "workspaceId" = $1 GROUP BY 1 ORDER BY 1`,
        [workspaceId],
      );
      expect(rows.map(({ userId }) => userId)).toEqual([
        "known",
        "new",
        "newer",
      ]);
      rows.forEach(({ events }) => {
        expect(events.slice(0, 3)).toEqual(names);
        expect(events).toHaveLength(6);
      });
    });

    it("makes message ids and user-visible failures of its own: a wrong key fails, and nothing is stored", async () => {
      const workspace = await api.workspace();
      const calls: Mission["calls"] = [["track", { userId: "u", event: "e" }]];

      await runClient(program, { host, writeKey: workspace.writeKey, calls });
      const [event] = await eventsOf(workspace.workspaceId);
      expect(event?.messageId).toMatch(/^[0-9a-f-]{36}$/);

      const writeKey = `Basic ${Buffer.from(`${randomUUID()}:x`).toString("base64")}`;
      await expect(
        runClient(program, { host, writeKey, calls }),
      ).rejects.toThrow(/401/);
      expect(await eventsOf(workspace.workspaceId)).toHaveLength(1);
    });
  },
);

describe("from a page of another site", () => {
  it("the preflight of sdk-web's request is answered as browsers need it", async () => {
    const response = await fetch(`${host}/api/public/apps/batch`, {
      method: "OPTIONS",
      headers: {
        origin: "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(response.status).toBeLessThan(300);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(
      response.headers.get("access-control-allow-headers")?.toLowerCase(),
    ).toContain("authorization");
    const refused = await fetch(`${host}/api/public/apps/batch`, {
      method: "POST",
      headers: { origin: "https://shop.example" },
    });
    expect(refused.status).toBe(400);
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.skipIf(chromium === null)(
    "sdk-web in Chromium sends to two workspaces; each gets its own, exactly once",
    async () => {
      const customers = [await customer(), await customer()];
      await runInBrowser(
        chromium ?? "",
        customers.map(({ mission }) => mission),
      );
      for (const sent of customers) {
        await expectExactlyOnce(sent);
      }
    },
    60_000,
  );
});
