// Who answers for a key: the one Redis, or the node of a Redis Cluster that has its slot. Owns that a server that is away shuts
// out its own keys only, with a breaker for each; leaves to sharedTier.ts what silence is.

import { Cluster, type Redis } from "ioredis";

import { type RedisClient } from "../../redis";
import { Breaker } from "./breaker";
import { keySlot } from "./keySlot";

export interface Lane {
  /** The node's address; empty for a single Redis. */
  readonly name: string;
  readonly breaker: Breaker;
  /** For what is asked of the server, when it fails: made once, not for each request. */
  readonly failed: (error: unknown) => undefined;
  /** Asks the server something cheap, whatever the breaker says. Rejects when it is away. */
  ping(): Promise<unknown>;
  /** Throws the connection away, with all that waits on it; another is made. */
  discard(): void;
}

export interface LaneWatch {
  /** Whether the server answers a ping in time. Must not reject. */
  probe(lane: Lane): Promise<boolean>;
  opened(lane: Lane): void;
  failed(lane: Lane, error: unknown): void;
}

export interface Lanes {
  /** Undefined: nobody is known to have the key. */
  of(key: string): Lane | undefined;
  all(): readonly Lane[];
  /** No probes any more. */
  stop(): void;
}

const AWAY = new Error("There is no connection to this Redis.");

function failedAt(lane: Lane, watch: LaneWatch) {
  return (error: unknown): undefined => {
    watch.failed(lane, error);
    return undefined;
  };
}

class SingleLane implements Lanes, Lane {
  readonly name = "";

  readonly breaker: Breaker;

  readonly failed: (error: unknown) => undefined;

  readonly #redis: Redis;

  constructor(redis: Redis, watch: LaneWatch) {
    this.#redis = redis;
    this.breaker = new Breaker({
      isOpen: redis.status !== "ready",
      probe: () => watch.probe(this),
      onOpen: () => watch.opened(this),
    });
    this.failed = failedAt(this, watch);
    redis.on("close", () => this.breaker.trip());
    redis.on("ready", () => this.breaker.retry());
  }

  async ping(): Promise<unknown> {
    if (this.#redis.status !== "ready") {
      throw AWAY;
    }
    return this.#redis.ping();
  }

  discard(): void {
    this.#redis.disconnect(true);
  }

  of(): Lane {
    return this;
  }

  all(): readonly Lane[] {
    return [this];
  }

  stop(): void {
    this.breaker.stop();
  }
}

class NodeLane implements Lane {
  readonly breaker: Breaker;

  readonly failed: (error: unknown) => undefined;

  /** What leads to the node, or to whoever has taken its slots. */
  lastKey: string | undefined;

  constructor(
    readonly name: string,
    private readonly cluster: Cluster,
    private readonly nodeNow: () => Redis | undefined,
    watch: LaneWatch,
  ) {
    this.breaker = new Breaker({
      isOpen: true, // until its connection is there
      probe: () => watch.probe(this),
      onOpen: () => watch.opened(this),
    });
    this.failed = failedAt(this, watch);
  }

  /** By key and through the cluster: so the answer of another node tells where the slot is now. */
  async ping(): Promise<unknown> {
    if (this.cluster.status === "ready" && this.lastKey !== undefined) {
      return this.cluster.exists(this.lastKey);
    }
    const node = this.nodeNow();
    if (node?.status !== "ready") {
      throw AWAY;
    }
    return node.ping();
  }

  discard(): void {
    this.nodeNow()?.disconnect();
  }
}

class ClusterLanes implements Lanes {
  readonly #cluster: Cluster;

  readonly #watch: LaneWatch;

  readonly #lanes = new Map<string, NodeLane>();

  /** As ioredis's pool has them at present, replicas too. */
  readonly #nodes = new Map<string, Redis>();

  constructor(cluster: Cluster, watch: LaneWatch) {
    this.#cluster = cluster;
    this.#watch = watch;
    cluster.nodes().forEach((node) => this.#come(node));
    cluster.on("+node", (node: Redis) => this.#come(node));
    cluster.on("-node", (node: Redis) => this.#go(node));
  }

  of(key: string): NodeLane | undefined {
    const name = this.#cluster.slots[keySlot(key)]?.[0];
    if (name === undefined) {
      return undefined;
    }
    const known = this.#lanes.get(name);
    if (known !== undefined) {
      known.lastKey = key;
      return known;
    }
    const lane = this.#add(name);
    lane.lastKey = key;
    lane.breaker.retry();
    return lane;
  }

  all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  stop(): void {
    this.#lanes.forEach((lane) => lane.breaker.stop());
  }

  #add(name: string): NodeLane {
    const lane: NodeLane = new NodeLane(
      name,
      this.#cluster,
      () => this.#nodes.get(name),
      {
        probe: () => this.#probe(lane),
        opened: () => this.#watch.opened(lane),
        failed: (_, error) => this.#watch.failed(lane, error),
      },
    );
    this.#lanes.set(name, lane);
    return lane;
  }

  #drop(lane: NodeLane): void {
    lane.breaker.stop();
    this.#lanes.delete(lane.name);
  }

  async #probe(lane: NodeLane): Promise<boolean> {
    if (lane.lastKey !== undefined && this.of(lane.lastKey) !== lane) {
      this.#drop(lane); // others have its slots: nobody asks it any more
      return false;
    }
    return this.#watch.probe(lane);
  }

  #come(node: Redis): void {
    const name = nameOf(node);
    this.#nodes.set(name, node);
    if (node.options.readOnly === true) {
      return;
    }
    const lane = this.#lanes.get(name) ?? this.#add(name);
    node.once("ready", () => lane.breaker.retry());
    // Ahead of the first request; after the command that found the node, if one did: that one waits for it.
    queueMicrotask(() => {
      if (node.status === "wait") {
        node.connect().catch(() => undefined); // it leaves the pool then
      }
    });
  }

  #go(node: Redis): void {
    const name = nameOf(node);
    if (this.#nodes.get(name) !== node) {
      return; // there is another connection to it already
    }
    this.#nodes.delete(name);
    const lane = this.#lanes.get(name);
    if (lane?.lastKey === undefined) {
      lane?.breaker.stop(); // nobody has asked it
      this.#lanes.delete(name);
    } else {
      lane.breaker.trip();
    }
  }
}

function nameOf({ options }: Redis): string {
  return `${options.host ?? "127.0.0.1"}:${options.port ?? 6379}`;
}

/** Follows the client's servers as they come and go. */
export function lanesOf(redis: RedisClient, watch: LaneWatch): Lanes {
  return redis instanceof Cluster
    ? new ClusterLanes(redis, watch)
    : new SingleLane(redis, watch);
}
