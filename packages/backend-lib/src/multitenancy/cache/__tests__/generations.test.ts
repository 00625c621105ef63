// What a turn promises, on a real server: whoever has taken one knows of every change that was acknowledged before; and what
// becomes of it when the listening connection is lost, hangs or never hears.

import { randomUUID } from "node:crypto";
import net from "node:net";

import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  hasPgBouncer,
  throughPgBouncer,
  usePgBouncer,
} from "../../../../test/pgBouncer";
import { useTenantCaches } from "../../../../test/tenantCaches";
import { useTenantEnv } from "../../../../test/tenantEnv";
import { logger } from "../../../logger";
import { type Dependency, HOST } from "../books";
import { type Generations } from "../generations";

const env = useTenantEnv();
usePgBouncer(env);
const caches = useTenantCaches(env);

let workspaceId: string;
let segments: Dependency;
let journeys: Dependency;
beforeEach(async () => {
  workspaceId = await env.createWorkspace();
  segments = { workspaceId, scope: "segments" };
  journeys = { workspaceId, scope: "journeys" };
});

const tokens = async (of: Generations, ...dependencies: Dependency[]) =>
  (await of.stamps(dependencies))?.map(({ token }) => token);

/** Resolves when it is so; a state of the listener has no event to wait for. */
const until = (isSo: () => boolean | Promise<boolean>) =>
  vi.waitFor(async () => expect(await isSo()).toBe(true), {
    timeout: 20_000,
    interval: 5,
  });

const forget = (id: string, scope: string) =>
  env.owner.query("SELECT tenancy.cache_forget($1, $2)", [id, scope]);

describe("a turn", () => {
  it("has heard of every change that was acknowledged before it: 10,000 rounds", async () => {
    const generations = caches.generations();
    const writer = new pg.Client({
      connectionString: env.url("dittofeed_owner"),
    });
    await writer.connect();
    let last = await tokens(generations, segments);
    for (let round = 0; round < 10_000; round += 1) {
      await writer.query({
        name: "forget",
        text: "SELECT tenancy.cache_forget($1, 'segments')",
        values: [workspaceId],
      });
      const now = await tokens(generations, segments);
      if (now === undefined || now[0] === last?.[0]) {
        expect.fail(`round ${round}: ${String(now)} after a change`);
      }
      last = now;
    }
    await writer.end();
  }, 240_000);

  it("tells a stamp of after the change from one of before, and leaves the other scopes' as they are", async () => {
    const generations = caches.generations();
    const before = await generations.stamps([segments, journeys]);
    expect(before?.map(({ isCurrent }) => isCurrent)).toEqual([true, true]);

    await caches.addSegment(workspaceId, "new");
    const after = await generations.stamps([segments, journeys]);
    expect(after?.[0]?.token).not.toBe(before?.[0]?.token);
    expect(after?.[1]).toBe(before?.[1]);
    expect(before?.map(({ isCurrent }) => isCurrent)).toEqual([false, true]);
  });

  it("knows nothing of what is not committed, nor of what was rolled back", async () => {
    const generations = caches.generations();
    const before = await generations.stamps([segments]);
    const writer = await env.owner.connect();
    await writer.query("BEGIN");
    await writer.query("SELECT tenancy.cache_forget($1, 'segments')", [
      workspaceId,
    ]);
    expect(await generations.stamps([segments])).toEqual(before);
    await writer.query("ROLLBACK");
    writer.release();
    const after = await generations.stamps([segments]);
    expect(after?.[0]).toBe(before?.[0]);
  });

  it.each([
    ["the workspace", () => workspaceId, "*"],
    ["everybody", () => HOST, "*"],
  ])("hears a change of all of %s", async (_whose, id, scope) => {
    const generations = caches.generations();
    const before = await tokens(generations, segments, journeys);
    await forget(id(), scope);
    const after = await tokens(generations, segments, journeys);
    expect(after?.[0]).not.toBe(before?.[0]);
    expect(after?.[1]).not.toBe(before?.[1]);
  });

  it("is shared by all who ask at one time, and by those who ask as of a moment that it came after", async () => {
    const generations = caches.generations();
    await generations.stamps([segments]);
    const asOf = performance.now();
    const query = vi.spyOn(pg.Client.prototype, "query");
    await Promise.all(
      Array.from({ length: 100 }, () => generations.stamps([segments])),
    );
    expect(query).toHaveBeenCalledTimes(1);
    await generations.stamps([segments], { asOf });
    expect(query).toHaveBeenCalledTimes(1);
    await generations.stamps([segments], { asOf: performance.now() });
    expect(query).toHaveBeenCalledTimes(2);
  });

  it("of one who asked while another was on its way is one of their own", async () => {
    const generations = caches.generations();
    await generations.stamps([segments]);
    const query = vi.spyOn(pg.Client.prototype, "query");
    const first = generations.catchUp();
    while (query.mock.calls.length === 0) {
      await Promise.resolve();
    }
    await Promise.all([first, generations.catchUp(), generations.catchUp()]);
    expect(query).toHaveBeenCalledTimes(2);
  });

  it("gives an answer under changes that never end, and nothing is kept with it", async () => {
    const generations = caches.generations();
    await generations.stamps([segments]);
    let isOver = false;
    const writing = Promise.all(
      [1, 2].map(async () => {
        while (!isOver) {
          await forget(workspaceId, "segments");
        }
      }),
    );
    const seen: (boolean | undefined)[] = [];
    for (let i = 0; i < 300; i += 1) {
      const stamps = await generations.stamps([segments]);
      seen.push(stamps?.[0]?.isCurrent);
    }
    isOver = true;
    await writing;
    expect(seen).not.toContain(undefined);
  });

  it("asks again when a change is heard while its answer is on the way, which may not know of it", async () => {
    const generations = caches.generations();
    await generations.open();
    const query = vi.spyOn(pg.Client.prototype, "query");
    const asking = generations.stamps([segments]);
    while (query.mock.calls.length === 0) {
      await Promise.resolve();
    }
    generations.forget(workspaceId, "segments");
    expect(await asking).toHaveLength(1);
    expect(query).toHaveBeenCalledTimes(2);
    const again = await generations.stamps([segments]);
    expect(again?.[0]?.isCurrent).toBe(true);
  });

  it("serves those who ask as of before it began, and not those who ask as of while it was on its way", async () => {
    let now = 1;
    const generations = caches.generations({ now: () => now });
    await generations.stamps([segments]);
    now = 2;
    const query = vi.spyOn(pg.Client.prototype, "query");
    const turn = generations.catchUp();
    while (query.mock.calls.length === 0) {
      await Promise.resolve();
    }
    now = 3;
    await turn;
    await generations.stamps([segments], { asOf: 2 });
    expect(query).toHaveBeenCalledTimes(1);
    await generations.stamps([segments], { asOf: 3 });
    expect(query).toHaveBeenCalledTimes(2);
  });
});

describe("what is heard", () => {
  it.each([
    "",
    "nonsense",
    "00000000-0000-4000-8000-000000000001",
    `${"0".repeat(64)} a scope of tomorrow`,
    "* *",
  ])("in words that it does not know, %j, ends everything", async (payload) => {
    const generations = caches.generations();
    const [stamp] = (await generations.stamps([segments])) ?? [];
    await env.owner.query("SELECT pg_notify('tenant_cache', $1)", [payload]);
    const [after] = (await generations.stamps([segments])) ?? [];
    expect(stamp?.isCurrent).toBe(false);
    expect(after?.token).toBe(stamp?.token); // for nothing has changed
  });

  it("of other processes' proofs ends nothing", async () => {
    const generations = caches.generations();
    const [stamp] = (await generations.stamps([segments])) ?? [];
    await env.owner.query(
      "SELECT pg_notify('tenant_cache', 'proof of another')",
    );
    expect(await generations.catchUp()).toBe(true);
    expect(stamp?.isCurrent).toBe(true);
  });

  it("of more workspaces than may be remembered is known again when it is asked for, unchanged", async () => {
    const other = { ...segments, workspaceId: await env.createWorkspace() };
    const generations = caches.generations({ booksMax: 1 });
    const before = await tokens(generations, segments);
    await generations.stamps([other]);
    expect(generations.known([segments])).toBeUndefined();
    expect(await tokens(generations, segments)).toEqual(before);
    // More than the books hold, in one question: an answer for this caller.
    expect(await generations.stamps([segments, other])).toHaveLength(2);
  });
});

describe("a listener that is lost", () => {
  it("takes all stamps with it, and gives none until it is back; then what did not change has the same token", async () => {
    const proofs = caches.switched();
    const generations = caches.generations({ announce: proofs.announce });
    const before = await generations.stamps([segments, journeys]);
    proofs.isOn = false;
    expect(await caches.killListeners()).toBe(1);
    await until(() => !generations.isListening);
    expect(before?.map(({ isCurrent }) => isCurrent)).toEqual([false, false]);
    expect(generations.known([segments])).toBeUndefined();
    expect(await generations.stamps([segments])).toBeUndefined();

    await caches.addSegment(workspaceId, "unheard");
    proofs.isOn = true;
    await until(() => generations.isListening);
    const after = await generations.stamps([segments, journeys]);
    expect(after?.[0]?.token).not.toBe(before?.[0]?.token);
    expect(after?.[1]?.token).toBe(before?.[1]?.token);
    expect(after?.[1]?.isCurrent).toBe(true);
  });

  it("in the middle of a question answers it with nothing, and rejects nothing", async () => {
    const generations = caches.generations();
    await generations.stamps([segments]);
    const asked = Array.from({ length: 50 }, () =>
      generations.stamps([segments, journeys]),
    );
    const killed = caches.killListeners();
    const answers = await Promise.all(asked);
    await killed;
    answers.forEach((answer) => {
      expect(answer === undefined || answer.length === 2).toBe(true);
    });
    await until(() => generations.isListening);
  });
});

/** A way to the database that can fall silent: connections stay, nothing comes through. */
async function silentWay(to: string) {
  const { hostname, port } = new URL(to);
  const sockets = new Set<net.Socket>();
  let isSilent = false;
  const server = net.createServer((client) => {
    const upstream = net.connect({ host: hostname, port: Number(port) });
    const join = (from: net.Socket, into: net.Socket) => {
      sockets.add(from);
      from.on("data", (data) => {
        if (!isSilent) {
          into.write(data);
        }
      });
      from.on("error", () => undefined);
      from.on("close", () => into.destroy());
    };
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const url = new URL(to);
  url.hostname = "127.0.0.1";
  url.port = String(
    typeof address === "object" && address !== null ? address.port : 0,
  );
  return {
    url: url.href,
    fallSilent: () => {
      isSilent = true;
    },
    speak: () => {
      isSilent = false;
    },
    async close() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

describe("a connection that falls silent", () => {
  let way: Awaited<ReturnType<typeof silentWay>>;
  beforeEach(async () => {
    way = await silentWay(env.url("dittofeed_system"));
  });
  afterEach(async () => way.close());

  it("is given up, its readers go without it, and it is there again when it speaks", async () => {
    const generations = caches.generations({ listenUrl: way.url });
    const [stamp] = (await generations.stamps([segments])) ?? [];
    way.fallSilent();
    expect(await generations.stamps([segments])).toBeUndefined();
    expect(generations.isListening).toBe(false);
    expect(stamp?.isCurrent).toBe(false);
    // While it is tried again, nobody waits for that.
    expect(await generations.stamps([segments])).toBeUndefined();

    way.speak();
    await until(() => generations.isListening);
    expect(await tokens(generations, segments)).toEqual([stamp?.token]);
  });

  it("is noticed though nobody reads, so that nobody peeks at what has changed for ever", async () => {
    const generations = caches.generations({ listenUrl: way.url });
    const [stamp] = (await generations.stamps([segments])) ?? [];
    way.fallSilent();
    await until(() => stamp?.isCurrent === false);
  }, 30_000);

  it("can be closed, also while it is being opened", async () => {
    const open = caches.generations({ listenUrl: way.url });
    await open.open();
    way.fallSilent();
    const opening = caches.generations({ listenUrl: way.url });
    const attempt = opening.open();
    await Promise.all([open.close(), opening.close()]);
    await attempt;
    expect(open.isListening || opening.isListening).toBe(false);
  });
});

describe("closing", () => {
  it("ends the connection, and later questions get no stamps", async () => {
    const generations = caches.generations();
    const [stamp] = (await generations.stamps([segments])) ?? [];
    await generations.close();
    await generations.close();
    expect(stamp?.isCurrent).toBe(false);
    expect(await generations.stamps([segments])).toBeUndefined();
    await until(async () => (await caches.killListeners()) === 0);
  });

  it("in the middle of opening leaves no connection behind", async () => {
    const generations = caches.generations();
    const opening = generations.open();
    await generations.close();
    await opening;
    expect(generations.isListening).toBe(false);
    await until(async () => (await caches.killListeners()) === 0);
  });
});

describe("the proof that it hears", () => {
  it("fails when nothing arrives: no stamps, and readers wait for the first attempt only", async () => {
    const warned = vi.spyOn(logger(), "warn");
    const announce = vi.fn(async () => undefined); // says it, but not on the channel
    const generations = caches.generations({ announce });
    expect(await generations.stamps([segments])).toBeUndefined();
    expect(generations.isListening).toBe(false);
    const [fields] = warned.mock.calls[0] ?? [];
    expect(String(Object.values(fields ?? {})[0])).toContain(
      "DATABASE_LISTEN_URL",
    );
    // The next attempt is on its way and will last as long; readers do not join it.
    await until(() => announce.mock.calls.length === 2);
    expect(await generations.stamps([segments])).toBeUndefined();
    expect(announce).toHaveBeenCalledTimes(2);
  });

  it("fails when it cannot be announced, and succeeds when it can", async () => {
    const proofs = caches.switched();
    proofs.isOn = false;
    const generations = caches.generations({ announce: proofs.announce });
    expect(await generations.stamps([segments])).toBeUndefined();
    proofs.isOn = true;
    await until(() => generations.isListening);
  });

  it.skipIf(!hasPgBouncer())(
    "fails behind a pooler in transaction mode, which takes LISTEN and delivers nothing",
    async () => {
      const generations = caches.generations({
        listenUrl: throughPgBouncer(env.url("dittofeed_system")),
      });
      expect(await generations.stamps([segments])).toBeUndefined();
    },
  );

  it.skipIf(!hasPgBouncer())(
    "succeeds behind a pooler in session mode",
    async () => {
      const generations = caches.generations({
        listenUrl: throughPgBouncer(env.url("dittofeed_system"), "session"),
      });
      const before = await tokens(generations, segments);
      await caches.addSegment(workspaceId, "new");
      expect(await tokens(generations, segments)).not.toEqual(before);
      await generations.close();
    },
  );

  it("fails for a connection to another database", async () => {
    const url = new URL(env.url("superuser"));
    url.pathname = "/postgres";
    const generations = caches.generations({ listenUrl: url.href });
    expect(await generations.stamps([segments])).toBeUndefined();
  });
});

describe("the role", () => {
  it("is taken on by a single login that may do so, and has no rights of its own", async () => {
    const login = `cache_${randomUUID().replaceAll("-", "")}`;
    const superuser = new pg.Client({ connectionString: env.url("superuser") });
    await superuser.connect();
    await superuser.query(
      `CREATE ROLE ${login} LOGIN PASSWORD '${login}' NOINHERIT IN ROLE dittofeed_system`,
    );
    const url = new URL(env.url("dittofeed_system"));
    url.username = login;
    url.password = login;
    const generations = caches.generations({ listenUrl: url.href });
    const before = await tokens(generations, segments);
    await caches.addSegment(workspaceId, "new");
    const after = await tokens(generations, segments);
    await generations.close();
    await superuser.query(`DROP ROLE ${login}`);
    await superuser.end();
    expect(before).toHaveLength(1);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });

  it("of a tenant hears, but reads nothing: there are no stamps", async () => {
    const generations = caches.generations({
      listenUrl: env.url("dittofeed_app"),
    });
    expect(await generations.stamps([segments])).toBeUndefined();
  });
});
