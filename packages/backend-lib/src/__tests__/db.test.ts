import { randomUUID } from "node:crypto";

import { eq, sql } from "drizzle-orm";
import { err, ok } from "neverthrow";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { tapWire } from "../../test/wireTap";
import {
  closeDb,
  databaseError,
  db,
  inTransaction,
  pingDatabase,
  queryResult,
  systemDb,
} from "../db";
import { segment, userJourneyEvent, workspace } from "../db/schema";
import { TenantContextMissing } from "../multitenancy/tenantContext";
import { tenantEvents } from "../multitenancy/tenantEvents";

const env = useTenantEnv();

let one: string;
let two: string;

beforeAll(async () => {
  one = await env.createWorkspace();
  two = await env.createWorkspace();
});

afterEach(() => {
  tenantEvents.removeAllListeners();
});

const newSegment = (workspaceId: string, name: string = randomUUID()) => ({
  workspaceId,
  name,
  definition: {},
});

describe("db()", () => {
  it("sees the workspace in force and no other, without any filter of its own", async () => {
    await env.as(one, () =>
      db().insert(segment).values(newSegment(one, "mine")),
    );
    expect(
      await env.as(one, () =>
        db().select({ name: segment.name }).from(segment),
      ),
    ).toEqual([{ name: "mine" }]);
    expect(await env.as(two, () => db().select().from(segment))).toEqual([]);
  });

  it("rejects outside of any context", async () => {
    await expect(db().select().from(segment)).rejects.toMatchObject({
      cause: { name: "TenantContextMissing" },
    });
    await expect(
      db().transaction(async () => "reached"),
    ).rejects.toBeInstanceOf(TenantContextMissing);
  });

  it("costs one round trip for a query, and one beyond its own statements for a transaction", async () => {
    const tap = await tapWire(env.url("dittofeed_app"));
    const real = process.env.DATABASE_URL;
    await closeDb();
    vi.resetModules();
    process.env.DATABASE_URL = tap.url;
    const fresh = await import("../db");
    const { runWithTenant } = await import("../multitenancy/tenantContext");
    const as = <T>(work: () => T) =>
      runWithTenant(
        { workspaceId: one, actor: { type: "admin", id: "t" }, requestId: "r" },
        work,
      );
    await as(() => fresh.db().execute(sql`select 1`));
    tap.take();

    await as(() =>
      fresh.db().select().from(segment).where(eq(segment.workspaceId, one)),
    );
    expect(tap.take().roundTrips).toBe(1);
    await as(() => fresh.db().query.segment.findMany());
    expect(tap.take().roundTrips).toBe(1);
    await as(() =>
      fresh.db().insert(segment).values(newSegment(one)).returning(),
    );
    expect(tap.take().roundTrips).toBe(1);
    await as(() =>
      fresh.inTransaction(async (tx) =>
        ok(await tx.insert(segment).values(newSegment(one))),
      ),
    );
    expect(tap.take().roundTrips).toBe(3); // BEGIN with its context, INSERT, COMMIT

    await fresh.closeDb();
    await tap.close();
    process.env.DATABASE_URL = real;
  });

  it("binds a stray query inside of another's transaction callback to the same workspace", async () => {
    await env.as(one, () =>
      inTransaction(async (tx) => {
        await tx.insert(segment).values(newSegment(one));
        const outside = await db()
          .select({ id: segment.workspaceId })
          .from(segment);
        expect(new Set(outside.map((row) => row.id))).toEqual(new Set([one]));
        return ok(undefined);
      }),
    );
  });
});

describe("without a context in production", () => {
  it("shows no rows, writes none, and says so", async () => {
    await env.as(one, () => db().insert(segment).values(newSegment(one)));
    vi.resetModules();
    vi.stubEnv("NODE_ENV", "production");
    const production = await import("../db");
    const { tenantEvents: events } =
      await import("../multitenancy/tenantEvents");
    const missing = vi.fn();
    events.on("contextMissing", missing);
    expect(await production.db().select().from(segment)).toEqual([]);
    await expect(
      production.db().insert(segment).values(newSegment(one)),
    ).rejects.toMatchObject({
      cause: { code: "42501" },
    });
    expect(missing).toHaveBeenCalledTimes(2);
    await production.closeDb();
  });
});

describe("systemDb()", () => {
  it("sees every workspace, in or out of a context", async () => {
    const ids = async () =>
      (await systemDb().select({ id: workspace.id }).from(workspace)).map(
        (row) => row.id,
      );
    expect(await ids()).toEqual(expect.arrayContaining([one, two]));
    expect(await env.as(one, ids)).toEqual(expect.arrayContaining([one, two]));
  });

  it("may not change the schema", async () => {
    await expect(
      systemDb().execute(sql`ALTER TABLE "Segment" DISABLE ROW LEVEL SECURITY`),
    ).rejects.toMatchObject({
      cause: { code: "42501" },
    });
  });
});

describe("inTransaction", () => {
  it("commits on Ok and rolls back on Err, answering either", async () => {
    const names = () =>
      env.as(two, () => db().select({ name: segment.name }).from(segment));
    const attempt = (result: "ok" | "err", name: string) =>
      env.as(two, () =>
        inTransaction(async (tx) => {
          await tx.insert(segment).values(newSegment(two, name));
          return result === "ok" ? ok(name) : err({ type: "Refused" });
        }),
      );
    expect(await attempt("err", "undone")).toEqual(err({ type: "Refused" }));
    expect(await attempt("ok", "kept")).toEqual(ok("kept"));
    expect(await names()).toEqual([{ name: "kept" }]);
  });

  it("rolls back and throws on when the work throws", async () => {
    const boom = new Error("boom");
    const failed = env.as(two, () =>
      inTransaction(async (tx) => {
        await tx.insert(segment).values(newSegment(two, "thrown away"));
        throw boom;
      }),
    );
    await expect(failed).rejects.toBe(boom);
    const found = await env.as(two, () =>
      db().select().from(segment).where(eq(segment.name, "thrown away")),
    );
    expect(found).toEqual([]);
  });

  it("answers an Err that carries undefined", async () => {
    expect(
      await env.as(two, () => inTransaction(async () => err(undefined))),
    ).toEqual(err(undefined));
  });

  it("tries a deadlock again until it goes through", async () => {
    const workspaceId = await env.createWorkspace();
    const [a, b] = await env.as(workspaceId, () =>
      db()
        .insert(segment)
        .values([newSegment(workspaceId), newSegment(workspaceId)])
        .returning({ id: segment.id }),
    );
    let attempts = 0;
    let met = 0;
    let openGate: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      openGate = resolve;
    });
    const lock = (first: string | undefined, second: string | undefined) =>
      env.as(workspaceId, () =>
        inTransaction(async (tx) => {
          attempts += 1;
          const touch = (id: string | undefined) =>
            tx
              .update(segment)
              .set({ definition: {} })
              .where(eq(segment.id, id ?? ""));
          await touch(first);
          met += 1;
          if (met >= 2) {
            openGate();
          }
          await gate;
          await touch(second);
          return ok("done");
        }),
      );
    expect(await Promise.all([lock(a?.id, b?.id), lock(b?.id, a?.id)])).toEqual(
      [ok("done"), ok("done")],
    );
    expect(attempts).toBe(3);
  });

  it("gives up on what never goes through", async () => {
    let attempts = 0;
    const failing = env.as(one, () =>
      inTransaction(async (tx) => {
        attempts += 1;
        await tx.execute(
          sql`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`,
        );
        return ok(undefined);
      }),
    );
    await expect(failing).rejects.toMatchObject({ cause: { code: "40001" } });
    expect(attempts).toBe(4);
  });
});

describe("queryResult", () => {
  it("makes a value of a unique violation, without the value that clashed", async () => {
    const name = `secret-${randomUUID()}`;
    const insert = () =>
      env.as(one, () =>
        queryResult(db().insert(segment).values(newSegment(one, name))),
      );
    expect((await insert()).isOk()).toBe(true);
    const second = await insert();
    expect(second._unsafeUnwrapErr()).toMatchObject({
      type: "UniqueConstraintViolation",
      constraint: "Segment_workspaceId_name_key",
    });
    expect(JSON.stringify(second)).not.toContain(name);
  });

  it("makes a value of a foreign-key violation", async () => {
    const result = await env.as(one, () =>
      queryResult(
        db()
          .insert(segment)
          .values({ ...newSegment(one), subscriptionGroupId: randomUUID() }),
      ),
    );
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "ForeignKeyViolation",
      constraint: "Segment_subscriptionGroupId_fkey",
    });
  });

  it("throws on what nobody asked for", async () => {
    const bad = env.as(one, () =>
      queryResult(
        db().insert(userJourneyEvent).values({
          userId: "u",
          type: "t",
          journeyStartedAt: new Date(),
          journeyId: randomUUID(),
        }),
      ),
    );
    await expect(bad).rejects.toMatchObject({ cause: { code: "42501" } });
    await expect(
      queryResult(Promise.reject(new Error("other"))),
    ).rejects.toThrow("other");
  });
});

describe("databaseError", () => {
  it("finds the server's error under any wrapping, and nothing in others", async () => {
    const caught: unknown = await env
      .as(one, () => db().execute(sql`select 1/0`))
      .then(
        () => undefined,
        (error: unknown) => new Error("outer", { cause: error }),
      );
    expect(databaseError(caught)?.code).toBe("22012");
    expect(databaseError(new Error("x"))).toBeUndefined();
    expect(databaseError("x")).toBeUndefined();
  });
});

describe("pingDatabase and closeDb", () => {
  it("answers while the server is there, and after a close opens anew", async () => {
    await expect(pingDatabase()).resolves.toBeUndefined();
    await closeDb();
    await closeDb();
    await expect(pingDatabase()).resolves.toBeUndefined();
  });

  it("says what is missing when no URL is set", async () => {
    vi.resetModules();
    vi.stubEnv("DATABASE_URL", "");
    vi.stubEnv("DATABASE_SYSTEM_URL", "");
    const bare = await import("../db");
    await expect(bare.pingDatabase()).rejects.toThrow(
      "DATABASE_URL is not set",
    );
  });
});
