// The workspace cache as its callers see it: never another workspace's value, never one from before an acknowledged change,
// one load for all who ask, and no failure of its own.

import "../../../test/provided";

import { Type } from "@sinclair/typebox";
import { beforeEach, describe, expect, inject, it, vi } from "vitest";

import {
  type CacheOptions,
  segmentNames,
  useTenantCaches,
} from "../../../test/tenantCaches";
import { useTenantEnv } from "../../../test/tenantEnv";
import { closeDb, db, systemDb } from "../../db";
import { closeRedis } from "../../redis";
import {
  CacheMiss,
  closeTenantCache,
  HOST,
  processKind,
  sharedKind,
  type TenantCache,
  tenantCache,
} from "../cache";
import { runWithTenant, TenantContextConflict } from "../tenantContext";
import { tenantEvents } from "../tenantEvents";

const env = useTenantEnv();
const caches = useTenantCaches(env);
const redisUrl = inject("redisUrl") ?? undefined;

let workspaceId: string;
let otherId: string;
beforeEach(async () => {
  workspaceId = await env.createWorkspace();
  otherId = await env.createWorkspace();
});

const read = (cache: TenantCache, id = workspaceId, key = "") =>
  cache.getOrLoad(segmentNames, {
    workspaceId: id,
    key,
    load: () => caches.names(id),
  });

/** What nobody can change while it is loaded, until it is let go. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const until = (isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 10_000, interval: 2 });

describe.each([
  ["without Redis", undefined],
  ["with Redis", redisUrl],
])("a value, %s,", (which, url) => {
  const open = (options: CacheOptions = {}) =>
    caches.open({ redisUrl: url, ...options });
  const skip = which === "with Redis" && url === undefined;

  it.skipIf(skip)(
    "is loaded once and kept, for each workspace and key",
    async () => {
      const cache = open();
      await caches.addSegment(workspaceId, "one");
      for (let i = 0; i < 3; i += 1) {
        expect(await read(cache)).toEqual(["one"]);
        expect(await read(cache, otherId)).toEqual([]);
        expect(await read(cache, workspaceId, "key")).toEqual(["one"]);
      }
      expect(caches.loads()).toBe(3);
      expect(cache.statistics(workspaceId)).toMatchObject({
        process: 4,
        loaded: 2,
        loads: 2,
        entries: 2,
      });
      expect(cache.statistics(otherId)).toMatchObject({ process: 2, loads: 1 });
      expect(cache.figures()).toMatchObject({
        entries: 3,
        isOn: true,
        isListening: true,
        reads: { process: 6, loaded: 3 },
      });
    },
  );

  it.skipIf(skip)(
    "is never one from before an acknowledged change, on any process, whatever path changed it",
    async () => {
      const processes = [open(), open(), open()];
      const names: string[] = [];
      for (let i = 0; i < 30; i += 1) {
        const name = `segment ${i + 10}`;
        await caches.addSegment(workspaceId, name);
        names.push(name);
        const seen = await Promise.all(processes.map((each) => read(each)));
        seen.forEach((value) => {
          expect([...value].sort()).toEqual(names);
        });
      }
      const { rowCount } = await env.owner.query(
        'DELETE FROM public."Segment" WHERE "workspaceId" = $1',
        [workspaceId],
      );
      expect(rowCount).toBe(30);
      expect(await Promise.all(processes.map((each) => read(each)))).toEqual([
        [],
        [],
        [],
      ]);
    },
  );

  it.skipIf(skip)("is loaded once for 1,000 who ask at once", async () => {
    const cache = open();
    const { opened, open: letGo } = gate();
    let loads = 0;
    const asked = Array.from({ length: 1_000 }, () =>
      cache.getOrLoad(segmentNames, {
        workspaceId,
        load: async () => {
          loads += 1;
          await opened;
          return ["loaded"];
        },
      }),
    );
    await until(() => loads > 0);
    letGo();
    const values = await Promise.all(asked);
    expect(loads).toBe(1);
    expect(new Set(values).size).toBe(1);
    expect(cache.statistics(workspaceId)).toMatchObject({
      loaded: 1_000,
      loads: 1,
    });
  });

  it.skipIf(skip)(
    "whose load fails is tried anew by the next, and all who waited hear of the failure",
    async () => {
      const cache = open();
      const failure = new Error("the database is away");
      const results = await Promise.allSettled(
        Array.from({ length: 5 }, () =>
          cache.getOrLoad(segmentNames, {
            workspaceId,
            load: async () => {
              throw failure;
            },
          }),
        ),
      );
      results.forEach((result) => {
        expect(result).toEqual({ status: "rejected", reason: failure });
      });
      expect(await read(cache)).toEqual([]);
    },
  );

  it.skipIf(skip)(
    "that changes while it is loaded is not kept, which is counted, and not joined by who asks later",
    async () => {
      const cache = open();
      const { opened, open: letGo } = gate();
      const early = cache.getOrLoad(segmentNames, {
        workspaceId,
        load: async () => {
          const names = await caches.names(workspaceId);
          await opened;
          return names;
        },
      });
      await until(() => caches.loads() === 1);
      await caches.addSegment(workspaceId, "new");
      expect(await read(cache)).toEqual(["new"]); // does not wait for the early one
      letGo();
      expect(await early).toEqual([]); // as of when it was asked for
      expect(await read(cache)).toEqual(["new"]);
      expect(caches.loads()).toBe(2);
      expect(cache.statistics(workspaceId).stalePrevented).toBe(1);
    },
  );

  it.skipIf(skip)(
    "may be got, or a miss with which to set it, which holds until something changes",
    async () => {
      const cache = open();
      const miss = await cache.get(segmentNames, { workspaceId });
      const late = await cache.get(segmentNames, { workspaceId });
      if (!(miss instanceof CacheMiss) || !(late instanceof CacheMiss)) {
        expect.fail("nothing was kept yet");
      }
      expect(cache.set(miss, ["set"])).toBe(true);
      expect(await cache.get(segmentNames, { workspaceId })).toEqual({
        isHit: true,
        value: ["set"],
      });
      await caches.addSegment(workspaceId, "new");
      await read(cache, otherId); // a turn: it is heard
      expect(cache.set(late, ["from before"])).toBe(false);
      expect((await cache.get(segmentNames, { workspaceId })).isHit).toBe(
        false,
      );
      expect(await read(cache)).toEqual(["new"]);
    },
  );

  it.skipIf(skip)(
    "is dropped on every process, by its key, its scope or its workspace",
    async () => {
      const [here, there] = [open(), open()];
      const drops = [
        () => here.delete(segmentNames, { workspaceId }),
        () => here.invalidateScope(workspaceId, "segments"),
        () => here.invalidateWorkspace(workspaceId),
        () => here.invalidateWorkspace(workspaceId.toUpperCase()),
        () => here.invalidateWorkspace(HOST),
      ];
      for (const [i, drop] of drops.entries()) {
        await Promise.all([read(here), read(there), read(here, otherId)]);
        const before = caches.loads();
        await drop();
        expect(here.peek(segmentNames, workspaceId)).toBeUndefined();
        await Promise.all([read(here), read(there)]);
        expect(caches.loads() - before, `drop ${i}`).toBeGreaterThan(0);
      }
    },
  );

  it.skipIf(skip)("stays when another scope or workspace changes", async () => {
    const cache = open();
    await read(cache);
    await cache.invalidateScope(workspaceId, "journeys");
    await cache.invalidateWorkspace(otherId);
    await caches.addSegment(otherId, "theirs");
    await read(cache);
    expect(caches.loads()).toBe(1);
  });

  it.skipIf(skip)(
    "depends on what else it is said to depend on, in either case of its id",
    async () => {
      const cache = open();
      const readWith = (parent: string) =>
        cache.getOrLoad(segmentNames, {
          workspaceId,
          dependsOn: [{ workspaceId: parent, scope: "access" }],
          load: () => caches.names(workspaceId),
        });
      await readWith(otherId);
      await readWith(otherId.toUpperCase());
      expect(caches.loads()).toBe(1);
      await cache.invalidateScope(otherId, "access");
      await readWith(otherId.toUpperCase());
      expect(caches.loads()).toBe(2);
      await readWith(HOST); // of something else: another value
      expect(caches.loads()).toBe(3);
    },
  );

  it.skipIf(skip)(
    "is good again after a lost listener, without a load, unless it changed",
    async () => {
      const proofs = caches.switched();
      const cache = open({ announce: proofs.announce });
      await Promise.all([read(cache), read(cache, otherId)]);
      proofs.isOn = false;
      await caches.killListeners();
      await until(() => !cache.figures().isListening);
      expect(cache.peek(segmentNames, workspaceId)).toBeUndefined();
      expect(await read(cache)).toEqual([]); // past the cache
      expect(cache.statistics(workspaceId).bypassed).toBe(1);
      await caches.addSegment(workspaceId, "unheard");
      proofs.isOn = true;
      await until(() => cache.figures().isListening);
      const before = caches.loads();
      expect(await read(cache, otherId)).toEqual([]);
      expect(caches.loads()).toBe(before);
      expect(await read(cache)).toEqual(["unheard"]);
    },
  );
});

describe("a context", () => {
  it("of another workspace reaches nothing: not by reading, peeking or deleting", async () => {
    const cache = caches.open();
    await read(cache, otherId);
    await env.as(workspaceId, async () => {
      await expect(read(cache, otherId)).rejects.toThrow(TenantContextConflict);
      await expect(
        cache.get(segmentNames, { workspaceId: otherId }),
      ).rejects.toThrow(TenantContextConflict);
      await expect(
        cache.delete(segmentNames, { workspaceId: otherId }),
      ).rejects.toThrow(TenantContextConflict);
      expect(() => cache.peek(segmentNames, otherId)).toThrow(
        TenantContextConflict,
      );
      expect(await read(cache)).toEqual([]);
      expect(cache.peek(segmentNames, workspaceId.toUpperCase())).toEqual([]);
      await expect(read(cache, HOST)).resolves.toEqual([]);
    });
  });

  it("with a moment reads as of it, at no cost, and a later one sees what came since", async () => {
    const cache = caches.open();
    await read(cache);
    const asOf = (readsAsOf: number, work: () => Promise<unknown>) =>
      runWithTenant(
        {
          workspaceId,
          actor: { type: "worker", id: "test" },
          requestId: "r",
          readsAsOf,
        },
        work,
      );
    const early = performance.now();
    await caches.addSegment(workspaceId, "new");
    await read(cache, otherId); // a turn
    const turned = performance.now();
    await asOf(early, async () => {
      expect(await read(cache)).toEqual(["new"]); // as of then or later
    });
    await caches.addSegment(workspaceId, "newer");
    await asOf(turned, async () => {
      expect(await read(cache)).toContain("new");
    });
    await asOf(performance.now(), async () => {
      expect(await read(cache)).toEqual(["new", "newer"]);
    });
  });
});

describe("an id that is no UUID", () => {
  it("is a TypeError everywhere, and none of the connections is the worse for it", async () => {
    const cache = caches.open();
    await read(cache);
    for (const id of [
      "",
      "*",
      "'; DROP TABLE",
      "__proto__",
      `${workspaceId} `,
    ]) {
      const place = { workspaceId: id };
      await expect(read(cache, id)).rejects.toThrow(TypeError);
      await expect(cache.get(segmentNames, place)).rejects.toThrow(TypeError);
      await expect(cache.delete(segmentNames, place)).rejects.toThrow(
        TypeError,
      );
      await expect(cache.invalidateWorkspace(id)).rejects.toThrow(TypeError);
      await expect(cache.invalidateScope(id, "access")).rejects.toThrow(
        TypeError,
      );
      expect(() => cache.peek(segmentNames, id)).toThrow(TypeError);
      expect(() => cache.statistics(id)).toThrow(TypeError);
      await expect(
        cache.getOrLoad(segmentNames, {
          workspaceId,
          dependsOn: [{ workspaceId: id, scope: "access" }],
          load: async () => [],
        }),
      ).rejects.toThrow(TypeError);
    }
    expect(cache.figures().isListening).toBe(true);
    await read(cache);
    expect(caches.loads()).toBe(1);
  });
});

describe("a value that was read", () => {
  it("cannot be changed by who read it, whether it was loaded, kept or bypassed", async () => {
    await caches.addSegment(workspaceId, "one");
    for (const cache of [caches.open(), caches.open({ ttlSeconds: 0 })]) {
      for (let i = 0; i < 2; i += 1) {
        const names = await read(cache);
        expect(() => names.push("mine")).toThrow(TypeError);
      }
    }
  });

  it("may be of a kind that JSON has no words for", async () => {
    const cache = caches.open({ redisUrl });
    const kind = processKind<{ bytes: Buffer; count: bigint }>({
      name: "secrets",
      scopes: ["access"],
    });
    const load = vi.fn(async () => ({ bytes: Buffer.from("s"), count: 1n }));
    const first = await cache.getOrLoad(kind, { workspaceId, load });
    expect(await cache.getOrLoad(kind, { workspaceId, load })).toBe(first);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("is told of, with where it came from", async () => {
    const told: string[] = [];
    const hear = ({ kind, outcome }: { kind: string; outcome: string }) =>
      told.push(`${kind} ${outcome}`);
    tenantEvents.on("cacheRead", hear);
    const cache = caches.open();
    await read(cache);
    await read(cache);
    await read(caches.open({ ttlSeconds: 0 }));
    tenantEvents.off("cacheRead", hear);
    expect(told).toEqual([
      "segmentNames loaded",
      "segmentNames process",
      "segmentNames bypassed",
    ]);
  });
});

describe("turned off", () => {
  it("every read loads, nothing is kept, and changes can still be announced", async () => {
    const cache = caches.open({ ttlSeconds: 0 });
    await read(cache);
    await read(cache);
    expect(caches.loads()).toBe(2);
    const miss = await cache.get(segmentNames, { workspaceId });
    expect(miss instanceof CacheMiss && cache.set(miss, ["x"])).toBe(false);
    expect(cache.peek(segmentNames, workspaceId)).toBeUndefined();
    expect(cache.figures()).toMatchObject({ isOn: false, entries: 0 });
    await cache.invalidateWorkspace(workspaceId);
  });

  it("and closed is the same", async () => {
    const cache = caches.open();
    await read(cache);
    await cache.close();
    expect(await read(cache)).toEqual([]);
    expect(await read(cache)).toEqual([]);
    expect(caches.loads()).toBe(3);
    expect(cache.peek(segmentNames, workspaceId)).toBeUndefined();
  });
});

describe.skipIf(redisUrl === undefined)("through Redis", () => {
  /** Opened, with a way to Redis that is there. */
  const open = async () => {
    const cache = caches.open({ redisUrl });
    await until(() => cache.figures().redis?.state === "closed");
    return cache;
  };

  it("one process's load serves the others", async () => {
    const [here, there] = [await open(), await open()];
    await caches.addSegment(workspaceId, "one");
    await read(here);
    expect(await read(there)).toEqual(["one"]);
    expect(there.statistics(workspaceId)).toMatchObject({ redis: 1, loads: 0 });
    expect(caches.loads()).toBe(1);
  });

  it("one process of all loads what is missing, and the others wait for it", async () => {
    const processes = await Promise.all(Array.from({ length: 5 }, open));
    const { opened, open: letGo } = gate();
    let begun = 0;
    const asked = processes.map((each) =>
      each.getOrLoad(segmentNames, {
        workspaceId,
        load: async () => {
          begun += 1;
          await opened;
          return ["loaded"];
        },
      }),
    );
    await until(() => begun > 0);
    letGo();
    expect(await Promise.all(asked)).toEqual(asked.map(() => ["loaded"]));
    expect(begun).toBe(1);
  });

  it("a kind that stays in its process does not go", async () => {
    const secret = processKind<string>({ name: "secrets", scopes: ["access"] });
    const load = vi.fn(async () => "s");
    for (const cache of [await open(), await open()]) {
      await cache.getOrLoad(secret, { workspaceId, load });
    }
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a process whose values look otherwise shares none", async () => {
    const wider = sharedKind({
      name: segmentNames.name,
      scopes: ["segments"],
      schema: Type.Array(Type.Union([Type.String(), Type.Integer()])),
    });
    await read(await open());
    const cache = await open();
    const load = vi.fn(async () => ["mine"]);
    expect(await cache.getOrLoad(wider, { workspaceId, load })).toEqual([
      "mine",
    ]);
    expect(load).toHaveBeenCalledTimes(1);
  });
});

describe("the cache of this process", () => {
  it("is made of the settings, serves, and is closed with the database", async () => {
    vi.stubEnv("REDIS_URL", redisUrl);
    const cache = tenantCache();
    expect(tenantCache()).toBe(cache);
    await read(cache);
    await read(cache);
    expect(caches.loads()).toBe(1);
    await cache.invalidateWorkspace(workspaceId);
    await read(cache);
    expect(caches.loads()).toBe(2);

    await closeDb();
    closeRedis();
    expect(cache.figures().isListening).toBe(false);
    expect(tenantCache()).not.toBe(cache);
    await systemDb().execute("SELECT 1"); // opened anew
    await closeTenantCache();
    await closeTenantCache();
  });

  it("serves while the database is drained, and leaves no connection behind", async () => {
    await read(tenantCache());
    const begun = gate();
    const drained = gate();
    const underWay = runWithTenant(
      { workspaceId, actor: { type: "admin", id: "t" }, requestId: "t" },
      () =>
        db().transaction(async (tx) => {
          await tx.execute("SELECT 1");
          begun.open();
          await drained.opened;
          return read(tenantCache());
        }),
    );
    await begun.opened;
    const closed = closeDb();
    drained.open();
    expect(await underWay).toEqual([]);
    await closed;
    expect(caches.loads()).toBe(1);
    expect(await caches.killListeners()).toBe(0);
  });
});
