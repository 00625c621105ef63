// The second tier before a real Redis that is stopped, killed and brought back.

import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  vi,
} from "vitest";

import {
  type RedisServer,
  redisServersMissing,
  startRedisServer,
} from "../../../../test/redisServers";
import { parseRedisUrl } from "../../../config/redisUrl";
import { connectRedis } from "../../../redis";
import {
  createSharedTier,
  type Lease,
  type SharedTier,
  type SharedTierOptions,
} from "../sharedTier";

const KEY =
  "workspace:{8d7e0f0a-4c55-4d0f-9a53-0c2f0b1d6a11}:0.1.2:journeys:ka";
const TTL_MS = 600_000;
/** Beyond any pause of a busy machine: for what is not about being late. */
const PATIENT: SharedTierOptions = { deadlineMs: 20_000 };
const HASTY: SharedTierOptions = { deadlineMs: 20 };
const SOON = { timeout: 20_000, interval: 5 };

const tiers: SharedTier[] = [];

function tierAt({ url }: RedisServer, options = PATIENT): SharedTier {
  const tier = createSharedTier(
    connectRedis(parseRedisUrl(url)._unsafeUnwrap()),
    options,
  );
  tiers.push(tier);
  return tier;
}

const hasState = (tier: SharedTier, state: string) =>
  vi.waitFor(() => expect(tier.figures().state).toBe(state), SOON);

async function readyTierAt(
  server: RedisServer,
  options = PATIENT,
): Promise<SharedTier> {
  const tier = tierAt(server, options);
  await hasState(tier, "closed");
  return tier;
}

function granted(lease: Lease | "taken" | undefined): Lease {
  if (lease === undefined || lease === "taken") {
    throw new Error(`The lease was not granted: ${String(lease)}`);
  }
  return lease;
}

const isWritten = (tier: SharedTier, key: string, text: string) =>
  vi.waitFor(async () => expect(await tier.read(key)).toBe(text), SOON);

describe.skipIf((await redisServersMissing()) !== null)(
  "the shared tier",
  () => {
    let server: RedisServer;

    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterEach(async () => {
      await Promise.all(tiers.splice(0).map((tier) => tier.close()));
      await server.restart();
    });
    afterAll(() => server.stop());

    it("keeps a text for its time, and knows what it does not have", async () => {
      const tier = await readyTierAt(server);
      expect(await tier.read(KEY)).toBeNull();
      tier.write(KEY, "täxt\r\n", TTL_MS);
      await isWritten(tier, KEY, "täxt\r\n");
      const left = Number(await server.command("PTTL", KEY));
      expect(left).toBeGreaterThan(TTL_MS / 2);
      expect(left).toBeLessThanOrEqual(TTL_MS);
      expect(tier.figures()).toMatchObject({
        timeouts: 0,
        lost: 0,
        refused: 0,
      });
    });

    describe("while Redis is stopped", () => {
      it("answers all that wait, and then at once without asking", async () => {
        const tier = await readyTierAt(server, HASTY);
        server.pause();
        const waiting = Array.from({ length: 100 }, () => tier.read(KEY));
        expect(new Set(await Promise.all(waiting))).toEqual(
          new Set([undefined]),
        );
        const before = tier.figures();
        expect(before).toMatchObject({ opened: 1, timeouts: 100, lost: 0 });
        expect(before.state).not.toBe("closed");
        for (let read = 0; read < 1_000; read++) {
          expect(await tier.read(KEY)).toBeUndefined();
        }
        expect(tier.figures()).toMatchObject({
          opened: 1,
          asked: before.asked,
          skipped: before.skipped + 1_000,
        });
      });

      it("holds nobody up, whatever is asked, and lets nothing reject", async () => {
        const tier = await readyTierAt(server, HASTY);
        const lease = granted(await tier.lease(KEY));
        server.pause();
        tier.write(KEY, "text", TTL_MS, lease);
        tier.write(KEY, "text", TTL_MS);
        tier.release(lease);
        expect(
          await Promise.all([
            tier.lease(KEY),
            tier.awaitFill(KEY),
            tier.read(KEY),
          ]),
        ).toEqual([undefined, null, undefined]);
      });

      it("finds it again when it goes on, over a new connection", async () => {
        const tier = await readyTierAt(server, HASTY);
        const connection = async () => {
          const list = String(await server.command("CLIENT", "LIST"));
          return /^id=(\d+) .* name=dittofeed /m.exec(list)?.[1];
        };
        const before = await connection();
        expect(before).toBeDefined();
        server.pause();
        expect(await tier.read(KEY)).toBeUndefined();
        server.resume();
        await hasState(tier, "closed");
        expect(await connection()).not.toBe(before);
        tier.write(KEY, "again", TTL_MS);
        await isWritten(tier, KEY, "again");
      });
    });

    describe("when Redis is dead", () => {
      it("does without, and comes back by itself to a Redis that has lost everything", async () => {
        const tier = await readyTierAt(server);
        tier.write(KEY, "text", TTL_MS);
        await isWritten(tier, KEY, "text");
        const lease = granted(await tier.lease(KEY));
        await server.kill();
        await hasState(tier, "open");
        expect(await tier.read(KEY)).toBeUndefined();
        expect(await tier.lease(KEY)).toBeUndefined();
        expect(await tier.awaitFill(KEY)).toBeNull();
        tier.write(KEY, "text", TTL_MS, lease);
        await server.restart();
        await hasState(tier, "closed");
        expect(await tier.read(KEY)).toBeNull();
        tier.write(KEY, "new", TTL_MS, lease);
        await isWritten(tier, KEY, "new");
      });

      it("answers what was under way when it died", async () => {
        const tier = await readyTierAt(server); // patient: it is the end of the connection that tells
        server.pause();
        const waiting = [tier.read(KEY), tier.lease(KEY)];
        await server.kill();
        expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
        expect(tier.figures()).toMatchObject({ lost: 2, timeouts: 0 });
      });

      it("begins without it, and with it as soon as it is there", async () => {
        await server.kill();
        const tier = tierAt(server);
        expect(await tier.read(KEY)).toBeUndefined();
        expect(tier.figures()).toMatchObject({ state: "open", opened: 0 });
        await server.restart();
        await hasState(tier, "closed");
        expect(await tier.read(KEY)).toBeNull();
      });
    });

    it("does not take its own process's pause for Redis's", async () => {
      const tier = await readyTierAt(server, HASTY);
      const reading = tier.read(KEY);
      await new Promise(setImmediate); // it is sent
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000); // nothing runs here meanwhile
      expect(await reading).toBeNull();
      expect(tier.figures()).toMatchObject({ state: "closed", timeouts: 0 });
    });

    it("goes on when Redis refuses", async () => {
      const tier = await readyTierAt(server);
      await server.command("LPUSH", KEY, "not a text");
      expect(await tier.read(KEY)).toBeUndefined();
      await server.command("CONFIG", "SET", "maxmemory", "1");
      tier.write(`${KEY}b`, "text", TTL_MS);
      expect(await tier.read(`${KEY}b`)).toBeNull();
      expect(tier.figures()).toMatchObject({ state: "closed", refused: 2 });
    });

    it("takes one that is no master any more for lost, and connects anew: its name may lead to another", async () => {
      const tier = await readyTierAt(server);
      await server.command("REPLICAOF", "127.0.0.1", "1");
      tier.write(KEY, "text", TTL_MS);
      await vi.waitFor(
        () => expect(tier.figures()).toMatchObject({ lost: 1, opened: 1 }),
        SOON,
      );
      await server.command("REPLICAOF", "NO", "ONE");
      await hasState(tier, "closed");
      tier.write(KEY, "text", TTL_MS);
      await isWritten(tier, KEY, "text");
    });

    it("answers nothing more once it is closed, also to those who wait", async () => {
      const tier = await readyTierAt(server);
      server.pause();
      const waiting = [tier.read(KEY), tier.lease(KEY), tier.awaitFill(KEY)];
      await tier.close();
      expect(await Promise.all(waiting)).toEqual([undefined, undefined, null]);
      expect(await tier.read(KEY)).toBeUndefined();
      expect(tier.figures().state).toBe("open");
    });

    describe("its leases", () => {
      it("are granted to one, over all processes", async () => {
        const some = await Promise.all(
          [1, 2, 3].map(() => readyTierAt(server)),
        );
        const asked = await Promise.all(
          some.flatMap((tier) =>
            Array.from({ length: 20 }, () => tier.lease(KEY)),
          ),
        );
        expect(asked.filter((lease) => lease === "taken")).toHaveLength(59);
        granted(asked.find((lease) => lease !== "taken"));
      });

      it("let the others wait for the text, and end with it", async () => {
        const [holder, other] = await Promise.all([
          readyTierAt(server),
          readyTierAt(server, { ...PATIENT, awaitFillMs: TTL_MS }),
        ]);
        const lease = granted(await holder.lease(KEY));
        const waiting = other.awaitFill(KEY);
        await vi.waitFor(
          () => expect(other.figures().asked).toBeGreaterThan(2),
          SOON,
        );
        holder.write(KEY, "text", TTL_MS, lease);
        expect(await waiting).toBe("text");
        expect(await server.command("KEYS", "*")).toEqual([KEY]);
      });

      it("end when the holder gives up: nobody waits on, and the next may have it", async () => {
        const [holder, other] = await Promise.all([
          readyTierAt(server),
          readyTierAt(server, { ...PATIENT, awaitFillMs: TTL_MS }),
        ]);
        const lease = granted(await holder.lease(KEY));
        const waiting = other.awaitFill(KEY);
        holder.release(lease);
        expect(await waiting).toBeNull();
        granted(await other.lease(KEY));
      });

      it("run out when the holder dies", async () => {
        const holder = await readyTierAt(server, { ...PATIENT, leaseMs: 300 });
        const other = await readyTierAt(server, {
          ...PATIENT,
          awaitFillMs: TTL_MS,
        });
        granted(await holder.lease(KEY));
        await holder.close();
        expect(await other.awaitFill(KEY)).toBeNull();
        granted(await other.lease(KEY));
      });

      it("are waited for only so long", async () => {
        const holder = await readyTierAt(server, {
          ...PATIENT,
          leaseMs: TTL_MS,
        });
        const other = await readyTierAt(server, {
          ...PATIENT,
          awaitFillMs: 30,
        });
        granted(await holder.lease(KEY));
        expect(await other.awaitFill(KEY)).toBeNull();
        expect(await other.lease(KEY)).toBe("taken");
      });

      it("of a successor are not ended by one whose own ran out, be it late with its text or its giving up", async () => {
        const late = await readyTierAt(server, { ...PATIENT, leaseMs: 1 });
        const successor = await readyTierAt(server, {
          ...PATIENT,
          leaseMs: TTL_MS,
        });
        const old = granted(await late.lease(KEY));
        await vi.waitFor(async () => granted(await successor.lease(KEY)), SOON);
        late.release(old);
        expect(await late.lease(KEY)).toBe("taken");
        late.write(KEY, "late, and right all the same", TTL_MS, old);
        await isWritten(late, KEY, "late, and right all the same");
        expect(await late.lease(KEY)).toBe("taken");
      });
    });
  },
);
