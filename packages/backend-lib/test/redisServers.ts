// Redis servers and clusters for tests, to be stopped, killed and brought back: real ones, on loopback, with a password, gone
// with this process. Owns clusters and signals; the processes are kept by scripts/redisServers.mjs, a child of this one.
// A test that only needs some Redis takes inject("redisUrl").

import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Redis } from "ioredis";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Another after a restart. */
  readonly pid: number;
  /** SIGSTOP: connections stay open, also new ones, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** SIGKILL, also of a paused one; resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it if it runs, and starts it on the same port, empty. A cluster's node still knows its peers. */
  restart(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** A command on a connection of its own, as `redis-cli` would send it. */
  command(...words: readonly [string, ...string[]]): Promise<unknown>;
}

export interface RedisServerOptions {
  /** Further lines of redis.conf. */
  readonly settings?: readonly string[];
}

export interface RedisCluster {
  /** As REDIS_URL takes it: all nodes that it began with. */
  readonly url: string;
  /** The masters it began with; the slots are shared out in equal parts, in this order. */
  readonly nodes: readonly RedisServer[];
  /** The node that has the key's slot at first. */
  nodeOf(key: string): Promise<RedisServer>;
  /** A replica of one of the nodes, in step with it. */
  addReplica(of: RedisServer): Promise<RedisServer>;
  /** The replica hears no more from its master: what is written from now on, it does not have. */
  stopReplication(replica: RedisServer): Promise<void>;
  /** The replica becomes the master of its slots, whatever it has; its master may be dead. Resolves when the nodes that run agree. */
  takeOver(replica: RedisServer): Promise<void>;
  stop(): Promise<void>;
}

const KEEPER = fileURLToPath(
  new URL("../../../scripts/redisServers.mjs", import.meta.url),
);
const SLOTS = 16_384;
const AGREE_MS = 20_000;

interface Pending {
  resolve(value: object): void;
  reject(reason: Error): void;
}

let keeper: ChildProcess | undefined;
let asked = 0;
const pending = new Map<number, Pending>();

function field(value: object, name: string): unknown {
  return new Map(Object.entries(value)).get(name);
}

function numberIn(value: object, name: string): number {
  const found = field(value, name);
  if (typeof found !== "number") {
    throw new TypeError(`scripts/redisServers.mjs answered without ${name}`);
  }
  return found;
}

function hear(message: unknown): void {
  if (typeof message !== "object" || message === null) {
    return;
  }
  const id = numberIn(message, "id");
  const waiting = pending.get(id);
  pending.delete(id);
  const value = field(message, "value");
  if (typeof value === "object" && value !== null) {
    waiting?.resolve(value);
  } else {
    waiting?.reject(new Error(String(field(message, "error"))));
  }
  settleReference();
}

/** The child must not keep this process, but an answer that is awaited must. */
function settleReference(): void {
  if (pending.size > 0) {
    keeper?.ref();
    keeper?.channel?.ref();
  } else {
    keeper?.unref();
    keeper?.channel?.unref();
  }
}

function startKeeper(): ChildProcess {
  const child = fork(KEEPER, [], { execArgv: [] });
  child.on("message", hear);
  child.once("exit", () => {
    keeper = undefined;
    const lost = new Error("scripts/redisServers.mjs ended");
    pending.forEach((waiting) => waiting.reject(lost));
    pending.clear();
  });
  return child;
}

function ask(question: object): Promise<object> {
  keeper ??= startKeeper();
  const child = keeper;
  asked += 1;
  const id = asked;
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    settleReference();
    child.send({ ...question, id }, (error) => {
      if (error !== null) {
        pending.delete(id);
        reject(error);
      }
    });
  });
}

/** Why there can be no servers here, for `describe.skipIf`; null when there can. On CI always null: there it has to fail. */
export async function redisServersMissing(): Promise<string | null> {
  if (process.env.CI === "true") {
    return null;
  }
  const missing = field(await ask({ ask: "find" }), "missing");
  return typeof missing === "string" ? missing : null;
}

async function commandAt(
  { port, password }: { readonly port: number; readonly password: string },
  [name, ...words]: readonly [string, ...string[]],
): Promise<unknown> {
  const client = new Redis({
    host: "127.0.0.1",
    port,
    password,
    lazyConnect: true,
    retryStrategy: null,
  });
  client.on("error", () => undefined); // the command rejects, too
  try {
    await client.connect();
    return await client.call(name, ...words);
  } finally {
    client.disconnect();
  }
}

interface Started {
  readonly server: RedisServer;
  readonly busPort: number;
}

async function start(options: {
  readonly settings: readonly string[];
  readonly isClustered: boolean;
  readonly password?: string;
}): Promise<Started> {
  const started = await ask({ ask: "start", ...options });
  const port = numberIn(started, "port");
  const password = String(field(started, "password"));
  let pid = numberIn(started, "pid");
  const server: RedisServer = {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    password,
    get pid() {
      return pid;
    },
    pause: () => {
      process.kill(pid, "SIGSTOP");
    },
    resume: () => {
      process.kill(pid, "SIGCONT");
    },
    kill: async () => {
      await ask({ ask: "kill", port });
    },
    restart: async () => {
      pid = numberIn(await ask({ ask: "restart", port }), "pid");
    },
    stop: async () => {
      await ask({ ask: "stop", port });
    },
    command: (...words) => commandAt({ port, password }, words),
  };
  return { server, busPort: numberIn(started, "busPort") };
}

/** Starts a Redis of its own. Rejects when this machine has no Redis (redisServersMissing). */
export async function startRedisServer({
  settings = [],
}: RedisServerOptions = {}): Promise<RedisServer> {
  const { server } = await start({ settings, isClustered: false });
  return server;
}

/** Asks again and again until it is so: another process's state has no event to wait for. */
async function until(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + AGREE_MS;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) {
      throw new Error(`Not within ${AGREE_MS} ms: ${what}`);
    }
    await sleep(20);
  }
}

async function textOf(
  server: RedisServer,
  ...words: readonly [string, ...string[]]
): Promise<string> {
  return String(await server.command(...words));
}

async function isInOrder(
  node: RedisServer,
  expected: { readonly nodes: number },
): Promise<boolean> {
  const info = await textOf(node, "CLUSTER", "INFO");
  return (
    info.includes("cluster_state:ok") &&
    info.includes(`cluster_slots_assigned:${SLOTS}`) &&
    info.includes(`cluster_known_nodes:${expected.nodes}\r`)
  );
}

class Cluster implements RedisCluster {
  readonly #all: Started[];

  readonly #first: number;

  readonly #settings: readonly string[];

  constructor(started: readonly Started[], settings: readonly string[]) {
    this.#all = [...started];
    this.#first = started.length;
    this.#settings = settings;
  }

  get nodes(): readonly RedisServer[] {
    return this.#all.slice(0, this.#first).map(({ server }) => server);
  }

  get url(): string {
    const hosts = this.nodes.map(({ port }) => `127.0.0.1:${port}`);
    return `redis://:${this.#contact.server.password}@${hosts.join(",")}`;
  }

  get #contact(): Started {
    const [first] = this.#all;
    if (first === undefined) {
      throw new Error("A cluster has nodes.");
    }
    return first;
  }

  /** Gives each node its slots, and has all meet the first. */
  async join(): Promise<void> {
    await Promise.all(
      this.nodes.map(async (node, index) => {
        const from = Math.ceil((SLOTS * index) / this.#first);
        const to = Math.ceil((SLOTS * (index + 1)) / this.#first) - 1;
        await node.command(
          "CLUSTER",
          "ADDSLOTSRANGE",
          String(from),
          String(to),
        );
        await node.command("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
      }),
    );
    const [, ...others] = this.nodes;
    for (const node of others) {
      await this.#meet(node);
    }
    await this.#agreement();
  }

  async #meet(node: RedisServer): Promise<void> {
    const { server, busPort } = this.#contact;
    await node.command(
      "CLUSTER",
      "MEET",
      "127.0.0.1",
      String(server.port),
      String(busPort),
    );
  }

  async #agreement(): Promise<void> {
    const expected = { nodes: this.#all.length };
    for (const { server } of this.#all) {
      await until(
        `the node on port ${server.port} sees the whole cluster`,
        () => isInOrder(server, expected),
      );
    }
  }

  async nodeOf(key: string): Promise<RedisServer> {
    const slot = Number(
      await this.#contact.server.command("CLUSTER", "KEYSLOT", key),
    );
    const node = this.nodes[Math.floor((slot * this.#first) / SLOTS)];
    if (node === undefined) {
      throw new Error(`No node has slot ${slot}.`);
    }
    return node;
  }

  async addReplica(of: RedisServer): Promise<RedisServer> {
    const started = await start({
      settings: this.#settings,
      isClustered: true,
      password: of.password,
    });
    const { server } = started;
    this.#all.push(started);
    await this.#meet(server);
    await this.#agreement();
    const master = await textOf(of, "CLUSTER", "MYID");
    await server.command("CLUSTER", "REPLICATE", master);
    await until("the replica is in step", async () =>
      (await textOf(server, "INFO", "replication")).includes(
        "master_link_status:up",
      ),
    );
    return server;
  }

  async stopReplication(replica: RedisServer): Promise<void> {
    await replica.command("CONFIG", "SET", "masterauth", "wrong");
    await replica.command("CLIENT", "KILL", "TYPE", "master");
    await until("the replica has lost its master", async () =>
      (await textOf(replica, "INFO", "replication")).includes(
        "master_link_status:down",
      ),
    );
  }

  async takeOver(replica: RedisServer): Promise<void> {
    await replica.command("CLUSTER", "FAILOVER", "TAKEOVER");
    const id = await textOf(replica, "CLUSTER", "MYID");
    for (const { server } of this.#all) {
      await until(`the node on port ${server.port} follows`, async () => {
        const seen = await server
          .command("CLUSTER", "NODES")
          .then(String, () => null); // it is dead: it will hear when it is back
        const line = seen?.split("\n").find((entry) => entry.startsWith(id));
        return seen === null || /\bmaster\b.* \d+-\d+$/.test(line ?? "");
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(({ server }) => server.stop()));
  }
}

export interface RedisClusterOptions extends RedisServerOptions {
  /** After so many milliseconds of silence a node is taken for dead (cluster-node-timeout); default 2000. */
  readonly nodeTimeoutMs?: number;
  /** Whether all refuse to answer while some slots have no node, as Redis's own default is; default false. */
  readonly needsAllSlots?: boolean;
}

/** Starts a Redis Cluster of so many masters, and resolves when it is in order. Rejects when this machine has no Redis. */
export async function startRedisCluster(
  nodes = 3,
  {
    settings = [],
    nodeTimeoutMs = 2_000,
    needsAllSlots = false,
  }: RedisClusterOptions = {},
): Promise<RedisCluster> {
  const lines = [
    `cluster-node-timeout ${nodeTimeoutMs}`,
    `cluster-require-full-coverage ${needsAllSlots ? "yes" : "no"}`,
    "cluster-replica-validity-factor 0",
    "cluster-allow-replica-migration no",
    "repl-diskless-sync-delay 0",
    ...settings,
  ];
  const first = await start({ settings: lines, isClustered: true });
  const { password } = first.server;
  const others = await Promise.all(
    Array.from({ length: nodes - 1 }, () =>
      start({ settings: lines, isClustered: true, password }),
    ),
  );
  const cluster = new Cluster([first, ...others], lines);
  await cluster.join();
  return cluster;
}
