// The cache that is checked, as a process of the checker uses it: ours as it ships, or another library in its place, with the
// invalidation that its documentation asks for. Owns ours; peers.ts owns the others.

import { randomUUID } from "node:crypto";

import {
  HOST,
  type TenantCache,
  tenantCache,
} from "../../src/multitenancy/cache";
import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { type Way } from "./history";
import { openPeer, type PeerName } from "./peers";
import { isTouched, type Place, PLACES, type Value } from "./places";
import { type Changed } from "./writes";

export type Load = (place: Place) => Promise<Value>;

export interface Checked {
  /** Undefined: it does not offer this way, or has nothing. */
  read(place: Place, way: Way): Promise<Value | undefined>;
  /** Runs reads as one request: as of one moment, which is now. */
  request(workspaceId: string, work: () => Promise<void>): Promise<void>;
  /** What a writer does after its commit. */
  changed(changed: readonly Changed[]): Promise<void>;
  /** Drops something for no reason. */
  drop(place: Place, draw: number): Promise<void>;
  /** Resolves when nothing is in the way of keeping and serving values. */
  healed(): Promise<void>;
  figures(): Readonly<Record<string, number>>;
}

const ACTOR = { type: "admin", id: "checker" } as const;

/** A value that is made of a parent's rows too rests on the parent's scopes. */
const lendersOf = ({ kind, key }: Place) =>
  kind.hasParents && key !== ""
    ? kind.cacheKind.scopes.map((scope) => ({ workspaceId: key, scope }))
    : [];

class Ours implements Checked {
  constructor(
    private readonly cache: TenantCache,
    private readonly load: Load,
  ) {}

  async read(place: Place, way: Way): Promise<Value | undefined> {
    const { workspaceId, key, kind } = place;
    const load = () => this.load(place);
    const query = { workspaceId, key, dependsOn: lendersOf(place) };
    switch (way) {
      case "peek":
        return this.cache.peek(kind.cacheKind, workspaceId, key);
      case "get": {
        const found = await this.cache.get(kind.cacheKind, query);
        if (found.isHit) {
          return found.value;
        }
        const value = await load();
        this.cache.set(found, value);
        return value;
      }
      default:
        return this.cache.getOrLoad(kind.cacheKind, { ...query, load });
    }
  }

  async request(workspaceId: string, work: () => Promise<void>): Promise<void> {
    const readsAsOf = performance.now();
    await runWithTenant(
      { workspaceId, actor: ACTOR, requestId: randomUUID(), readsAsOf },
      work,
    );
  }

  /** The database tells everybody. */
  async changed(): Promise<void> {}

  async drop({ kind, workspaceId, key }: Place, draw: number): Promise<void> {
    const [scope] = kind.cacheKind.scopes;
    if (draw === 0 || scope === undefined) {
      await this.cache.invalidateWorkspace(workspaceId);
    } else if (draw === 1) {
      await this.cache.invalidateScope(workspaceId, scope);
    } else {
      await this.cache.delete(kind.cacheKind, { workspaceId, key });
    }
  }

  async healed(): Promise<void> {
    const until = performance.now() + 20_000;
    while (!this.cache.figures().isListening && performance.now() < until) {
      await this.cache.open();
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }

  figures(): Readonly<Record<string, number>> {
    const { reads, entries, bytes } = this.cache.figures();
    return { ...reads, entries, bytes };
  }
}

/** Whoever uses these has to know which keys a change makes outdated, and has nothing between fresh and cached. */
class Peer implements Checked {
  private loads = 0;

  constructor(
    private readonly peer: Awaited<ReturnType<typeof openPeer>>,
    private readonly load: Load,
  ) {}

  async read(place: Place, way: Way): Promise<Value | undefined> {
    return way === "peek"
      ? undefined
      : this.peer.getOrLoad(place.name, () => {
          this.loads += 1;
          return this.load(place);
        });
  }

  async request(_workspaceId: string, work: () => Promise<void>) {
    await work();
  }

  async changed(changed: readonly Changed[]): Promise<void> {
    const places = PLACES.filter((place) =>
      changed.some((each) => isTouched(place, each)),
    );
    await this.peer.forget(places.map(({ name }) => name));
  }

  async drop({ name }: Place): Promise<void> {
    await this.peer.forget([name]);
  }

  async healed(): Promise<void> {}

  figures(): Readonly<Record<string, number>> {
    return { loads: this.loads };
  }
}

export async function openChecked(
  peer: PeerName | undefined,
  load: Load,
): Promise<Checked> {
  if (peer !== undefined) {
    return new Peer(await openPeer(peer), load);
  }
  const cache = tenantCache();
  await cache.open();
  return new Ours(cache, load);
}

/** In a request reads are of its workspace, and of the host. */
export const inOneRequest = (workspaceId: string) =>
  PLACES.filter(
    (place) => place.workspaceId === workspaceId || place.workspaceId === HOST,
  );
