// The Redis of a run: none, one server or a cluster of three, and what may befall it. Owns starting, ending and each mishap;
// disturbances.ts decides when.

import { setTimeout as sleep } from "node:timers/promises";

import {
  type RedisCluster,
  type RedisServer,
  startRedisCluster,
  startRedisServer,
} from "../redisServers";

export const REDIS_KINDS = ["none", "one", "cluster"] as const;
export type RedisKind = (typeof REDIS_KINDS)[number];

export function isRedisKind(name: string): name is RedisKind {
  return REDIS_KINDS.some((kind) => kind === name);
}

export interface Mishap {
  readonly name: string;
  /** Resolves when it is over. Draws whole numbers below the one given. */
  readonly run: (draw: (below: number) => number) => Promise<void>;
}

export interface RedisOfRun {
  readonly url: string | undefined;
  readonly mishaps: readonly Mishap[];
  stop(): Promise<void>;
}

type Kept = readonly (readonly [key: string, value: string])[];

/** What a server has, as a copy that was made then and comes back later. */
async function remember(server: RedisServer): Promise<Kept> {
  const keys = await server.command("KEYS", "workspace:*");
  const kept: [string, string][] = [];
  for (const key of Array.isArray(keys) ? keys.slice(0, 60).map(String) : []) {
    const value = await server.command("GET", key).catch(() => null);
    if (typeof value === "string") {
      kept.push([key, value]);
    }
  }
  return kept;
}

function ofServers(servers: readonly RedisServer[]): Mishap[] {
  const one = (draw: (below: number) => number) => {
    const found = servers[draw(servers.length)];
    if (found === undefined) {
      throw new Error("There is no Redis.");
    }
    return found;
  };
  return [
    {
      name: "Redis hangs",
      run: async (draw) => {
        const server = one(draw);
        server.pause();
        await sleep(20 + draw(700));
        server.resume();
      },
    },
    {
      name: "Redis is killed and comes back empty",
      run: async (draw) => {
        const server = one(draw);
        await server.kill();
        await sleep(draw(400));
        await server.restart();
      },
    },
    {
      name: "Redis forgets everything",
      run: async (draw) => {
        await one(draw).command("FLUSHALL");
      },
    },
    {
      name: "Redis goes back to what it had a while ago",
      run: async (draw) => {
        const server = one(draw);
        const kept = await remember(server);
        await sleep(100 + draw(400));
        await server.command("FLUSHALL");
        for (const [key, value] of kept) {
          await server.command("SET", key, value);
        }
      },
    },
  ];
}

/** A replica that has not heard from its master for a while takes its place. */
function failover(cluster: RedisCluster): Mishap {
  let isDone = false;
  return {
    name: "an emptier replica takes over",
    run: async () => {
      const [, , last] = cluster.nodes;
      if (isDone || last === undefined) {
        return;
      }
      isDone = true;
      const replica = await cluster.addReplica(last);
      await cluster.stopReplication(replica);
      await sleep(300);
      await last.kill();
      await cluster.takeOver(replica);
    },
  };
}

/** Starts what is asked for. Rejects when this machine has no Redis. */
export async function startRedisOfRun(kind: RedisKind): Promise<RedisOfRun> {
  if (kind === "none") {
    return { url: undefined, mishaps: [], stop: async () => undefined };
  }
  if (kind === "one") {
    const server = await startRedisServer();
    return {
      url: server.url,
      mishaps: ofServers([server]),
      stop: () => server.stop(),
    };
  }
  const cluster = await startRedisCluster(3);
  return {
    url: cluster.url,
    // The last node is the one that is replaced: it must be there when it is.
    mishaps: [...ofServers(cluster.nodes.slice(0, 2)), failover(cluster)],
    stop: () => cluster.stop(),
  };
}
