// The second tier before a real Redis Cluster whose nodes are stopped, killed and taken over.

import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import {
  type RedisCluster,
  type RedisServer,
  redisServersMissing,
  startRedisCluster,
} from "../../../../test/redisServers";
import { parseRedisUrl } from "../../../config/redisUrl";
import { connectRedis } from "../../../redis";
import { keySlot } from "../keySlot";
import { createSharedTier, type SharedTier } from "../sharedTier";

const TTL_MS = 600_000;
const SOON = { timeout: 30_000, interval: 20 };
const TEST_MS = 90_000;

describe.skipIf((await redisServersMissing()) !== null)(
  "the shared tier before a cluster",
  () => {
    let cluster: RedisCluster;
    let patient: SharedTier;
    let hasty: SharedTier;

    const connected = (deadlineMs: number) =>
      createSharedTier(
        connectRedis(parseRedisUrl(cluster.url)._unsafeUnwrap()),
        { deadlineMs },
      );

    beforeAll(async () => {
      cluster = await startRedisCluster();
      patient = connected(20_000);
      hasty = connected(50);
    }, TEST_MS);
    afterAll(async () => {
      await patient.close();
      await hasty.close();
      await cluster.stop();
    });

    const newKey = () => `workspace:{${randomUUID()}}:0.1.2:journeys:ka`;

    const isWritten = (key: string) =>
      vi.waitFor(async () => {
        patient.write(key, key, TTL_MS);
        expect(await patient.read(key)).toBe(key);
      }, SOON);

    /** A key of each node, in their order, with a text that is its own name. */
    async function keyOfEach(): Promise<readonly string[]> {
      const found = new Map<RedisServer, string>();
      while (found.size < cluster.nodes.length) {
        const key = newKey();
        found.set(await cluster.nodeOf(key), key);
      }
      const keys = cluster.nodes.map((node) => found.get(node) ?? "");
      await Promise.all(keys.map((key) => isWritten(key)));
      return keys;
    }

    const answers = (tier: SharedTier, key: string, text: string | null) =>
      vi.waitFor(async () => expect(await tier.read(key)).toBe(text), SOON);

    it(
      "finds each key's node, by the slot that Redis gives it",
      async () => {
        const keys = await keyOfEach();
        for (const [index, node] of cluster.nodes.entries()) {
          const key = keys[index] ?? "";
          expect(await node.command("CLUSTER", "KEYSLOT", key)).toBe(
            keySlot(key),
          );
          expect(await node.command("GET", key)).toBe(key);
        }
        const key = newKey();
        const lease = await patient.lease(key);
        expect(await patient.lease(key)).toBe("taken");
        if (lease !== undefined && lease !== "taken") {
          patient.write(key, "text", TTL_MS, lease);
        }
        await answers(patient, key, "text");
        expect(patient.figures()).toMatchObject({ state: "closed" });
      },
      TEST_MS,
    );

    it(
      "does without a stopped node, whose keys alone are left out",
      async () => {
        const [stopped = "", ...others] = await keyOfEach();
        await answers(hasty, stopped, stopped);
        const node = cluster.nodes[0];
        node?.pause();
        await vi.waitFor(async () => {
          expect(await hasty.read(stopped)).toBeUndefined();
          expect(hasty.figures().state).not.toBe("closed");
        }, SOON);
        for (const key of others) {
          await answers(hasty, key, key);
          expect(await hasty.read(stopped)).toBeUndefined();
        }
        node?.resume();
        await answers(hasty, stopped, stopped);
      },
      TEST_MS,
    );

    it(
      "does without a killed node, and has it again when it is back with its data gone",
      async () => {
        const [killed = "", ...others] = await keyOfEach();
        const node = cluster.nodes[0];
        await node?.kill();
        await vi.waitFor(
          () => expect(patient.figures().state).not.toBe("closed"),
          SOON,
        );
        expect(await patient.read(killed)).toBeUndefined();
        expect(await patient.lease(killed)).toBeUndefined();
        expect(await patient.awaitFill(killed)).toBeNull();
        for (const key of others) {
          expect(await patient.read(key)).toBe(key);
        }
        await node?.restart();
        await answers(patient, killed, null);
        await isWritten(killed);
      },
      TEST_MS,
    );

    it(
      "follows a failover to a replica that has less, where what is not there is missing",
      async () => {
        const [key = ""] = await keyOfEach();
        const [master] = cluster.nodes;
        if (master === undefined) {
          throw new Error("A cluster has nodes.");
        }
        const replica = await cluster.addReplica(master);
        await cluster.stopReplication(replica);
        const tag = /\{.*\}/.exec(key)?.[0] ?? "";
        const later = `workspace:${tag}:0.1.3:journeys:ka`;
        await isWritten(later);
        await master.kill();
        await cluster.takeOver(replica);
        await answers(patient, key, key);
        expect(await patient.read(later)).toBeNull();
        expect(await replica.command("GET", key)).toBe(key);
        await isWritten(later);
        await vi.waitFor(
          () => expect(patient.figures().state).toBe("closed"),
          SOON,
        );
      },
      TEST_MS,
    );
  },
);
