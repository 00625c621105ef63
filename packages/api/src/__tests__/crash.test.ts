// kill -9 of API and Postgres in the middle of ingestion: after the next start every acknowledged event is there, once, and no
// batch is there in part.

import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";
import { afterAll, expect, it } from "vitest";

import { hasOwnPostgres, type Host, startHost } from "../../test/crash/host";

const dataDir = mkdtempSync(path.join(tmpdir(), "dittofeed-crash-"));
chmodSync(dataDir, 0o711); // as root, Postgres runs as another user
let host: Host | undefined;

afterAll(async () => {
  await host?.kill();
  [dataDir, host?.home ?? dataDir].forEach((folder) =>
    rmSync(folder, { recursive: true, force: true }),
  );
});

async function asOwner<T extends pg.QueryResultRow>(
  running: Host,
  text: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client(running.urls.DATABASE_ADMIN_URL);
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function addWorkspace(
  running: Host,
): Promise<{ workspaceId: string; writeKey: string }> {
  const [workspaceId, secretId] = [randomUUID(), randomUUID()];
  const value = "0123456789abcdef";
  await asOwner(
    running,
    `WITH made AS (
       INSERT INTO "Workspace" ("id", "name", "updatedAt") VALUES ($1, 'Crash', now())
     ), keyed AS (
       INSERT INTO "Secret" ("id", "workspaceId", "name", "value", "updatedAt") VALUES ($2, $1, 'key', $3, now())
     )
     INSERT INTO "WriteKey" ("workspaceId", "secretId", "updatedAt") VALUES ($1, $2, now())`,
    [workspaceId, secretId, value],
  );
  const credentials = Buffer.from(`${secretId}:${value}`).toString("base64");
  return { workspaceId, writeKey: `Basic ${credentials}` };
}

interface Batch {
  readonly messageIds: readonly string[];
  readonly body: string;
}

function newBatch(): Batch {
  const items = Array.from(
    { length: 1 + Math.floor(Math.random() * 40) },
    () => ({
      type: "identify",
      messageId: randomUUID(),
      userId: `user-${Math.floor(Math.random() * 500)}`,
      traits: { seen: Math.random() },
    }),
  );
  return {
    messageIds: items.map(({ messageId }) => messageId),
    body: JSON.stringify({ batch: items }),
  };
}

/** True when the server has answered that the batch is stored. */
async function send(
  running: Host,
  writeKey: string,
  { body }: Batch,
): Promise<boolean> {
  const response = await fetch(`${running.origin}/api/public/apps/batch`, {
    method: "POST",
    headers: { authorization: writeKey, "content-type": "application/json" },
    body,
  });
  return response.status === 204;
}

it.skipIf(!hasOwnPostgres())(
  "kill -9 of everything during ingestion loses no acknowledged event and stores none twice",
  async () => {
    host = await startHost(dataDir);
    const { workspaceId, writeKey } = await addWorkspace(host);
    const [acknowledged, unanswered]: [Batch[], Batch[]] = [[], []];

    for (let round = 0; round < 2; round += 1) {
      const running = host;
      const acknowledgedBefore = acknowledged.length;
      let isKilled = false;
      const senders = Array.from({ length: 8 }, async () => {
        while (!isKilled) {
          const batch = newBatch();
          const isStored = await send(running, writeKey, batch).catch(
            () => false,
          );
          (isStored ? acknowledged : unanswered).push(batch);
        }
      });
      while (acknowledged.length < acknowledgedBefore + 100) {
        await sleep(10);
      }
      await running.kill();
      isKilled = true;
      await Promise.all(senders);

      host = await startHost(dataDir);

      const rows = await asOwner<{ messageId: string }>(
        host,
        `SELECT "messageId" FROM "UserEvent" WHERE "workspaceId" = $1`,
        [workspaceId],
      );
      const stored = new Set(rows.map(({ messageId }) => messageId));
      expect(stored.size).toBe(rows.length);
      const lost = acknowledged
        .flatMap(({ messageIds }) => messageIds)
        .filter((messageId) => !stored.has(messageId));
      expect(lost).toEqual([]);
      for (const { messageIds } of unanswered) {
        const kept = messageIds.filter((messageId) => stored.has(messageId));
        expect([0, messageIds.length]).toContain(kept.length);
      }
    }
    expect(unanswered.length).toBeGreaterThan(0);

    // A client that sends again what was not answered, and some of what was, ends up with everything once.
    for (const batch of [...unanswered, ...acknowledged.slice(-20)]) {
      expect(await send(host, writeKey, batch)).toBe(true);
    }
    const [count] = await asOwner(
      host,
      `SELECT count(*)::integer AS "events", count(DISTINCT "messageId")::integer AS "messages",
         (SELECT count(*)::integer FROM "UserEventReceipt" WHERE "workspaceId" = $1) AS "receipts"
       FROM "UserEvent" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    const events = [...acknowledged, ...unanswered].flatMap(
      ({ messageIds }) => messageIds,
    ).length;
    expect(count).toEqual({ events, messages: events, receipts: events });
  },
  90_000,
);
