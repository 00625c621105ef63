import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { examining } from "../../src/db/doctor/examination";
import { keysAcrossWorkspaces } from "../../src/db/doctor/keyChecks";
import { insertRow } from "../rowFactory";
import { appAs } from "../sideChannel";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();
let mine: string;
let theirs: string;
let pool: pg.Pool;

beforeAll(async () => {
  mine = await env.createWorkspace();
  theirs = await env.createWorkspace();
  pool = appAs(env, mine);
});
afterAll(() => pool.end());

/** What the server says: rows written, or SQLSTATE and constraint. */
const told = async (work: Promise<pg.QueryResult>): Promise<string> =>
  work.then(
    ({ rowCount }) => `${rowCount ?? 0} written`,
    (error: unknown) =>
      error instanceof pg.DatabaseError
        ? [error.code, error.constraint].filter(Boolean).join(" ")
        : String(error),
  );

describe("unique keys of tenants' tables", () => {
  it("hold within a workspace, but for Dittofeed's keys of random ids and the two that are guarded", async () => {
    const examined = await examining(
      {
        urls: {
          app: env.url("dittofeed_app"),
          system: undefined,
          admin: env.url("dittofeed_owner"),
        },
        poolMax: 1,
      },
      keysAcrossWorkspaces,
    );
    const open = examined
      ._unsafeUnwrap()
      .map(({ table, columns }) => `${table.name} (${columns})`);
    expect(open.sort()).toEqual([
      // The policy is asked first, and it wants the journey to be the workspace's.
      "UserJourneyEvent (journeyId, userId, eventKey, eventKeyName, type, journeyStartedAt, nodeId)",
      // The trigger of 008 is asked first, and it wants the property to be the workspace's.
      "UserPropertyIndex (userPropertyId)",
    ]);
  });

  it("do not tell whether another workspace has an index on its user property", async () => {
    const insert = (
      id: unknown,
      rest = "",
      workspaceId = mine,
      type = "String",
    ) =>
      told(
        pool.query(
          `INSERT INTO public."UserPropertyIndex" ("workspaceId", "userPropertyId", "type") VALUES ($1, $2, $3) ${rest}`,
          [workspaceId, id, type],
        ),
      );
    const indexed = (await insertRow(env.owner, "UserPropertyIndex", theirs))
      .userPropertyId;
    const bare = (await insertRow(env.owner, "UserProperty", theirs)).id;
    const none = "23503 UserPropertyIndex_userPropertyId_fkey";
    for (const rest of [
      "",
      "ON CONFLICT DO NOTHING",
      `ON CONFLICT ("userPropertyId") DO UPDATE SET "type" = 'Date'`,
    ]) {
      for (const id of [indexed, bare, randomUUID()]) {
        expect(await insert(id, rest), rest).toBe(none);
      }
    }
    const own = (await insertRow(env.owner, "UserProperty", mine)).id;
    expect(await insert(own)).toBe("1 written");
    expect(await insert(own)).toBe(
      "23505 UserPropertyIndex_userPropertyId_key",
    );
    const move = (id: unknown) =>
      told(
        pool.query(
          `UPDATE public."UserPropertyIndex" SET "userPropertyId" = $1 WHERE "userPropertyId" = $2`,
          [id, own],
        ),
      );
    expect(await move(indexed)).toBe(none);
    expect(await move(bare)).toBe(none);
    // Whoever writes for another workspace is refused by the policy, as everywhere.
    expect(await insert(indexed, "", theirs)).toBe("42501");
    expect(await insert(own, "", theirs)).toBe("42501");
  });

  it("do not tell whether another workspace's journey has an event", async () => {
    const { journeyId, userId } = await insertRow(
      env.owner,
      "UserJourneyEvent",
      theirs,
    );
    const insert = (id: unknown, rest: string) =>
      told(
        pool.query(
          `INSERT INTO public."UserJourneyEvent" ("journeyId", "userId", "type", "journeyStartedAt") VALUES ($1, $2, 't', now()) ${rest}`,
          [id, userId],
        ),
      );
    for (const rest of ["", "ON CONFLICT DO NOTHING"]) {
      expect(await insert(journeyId, rest)).toBe("42501");
      expect(await insert(randomUUID(), rest)).toBe("42501");
    }
  });

  it("know names by workspace: what another workspace calls its own is free", async () => {
    const { name } = await insertRow(env.owner, "Segment", theirs);
    const insert = () =>
      told(
        pool.query(
          `INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING`,
          [mine, name],
        ),
      );
    expect(await insert()).toBe("1 written");
    expect(await insert()).toBe("0 written");
  });

  // Stays open: Dittofeed's own primary key is "id" alone, and its clients choose ids. An id is 122 random bits, so only
  // who has it already can ask, and is told no more than that it is taken. docs/security.md says what to make of it.
  it("tell whoever knows a random id, and can run any SQL, that it is taken, and nothing else", async () => {
    const { id } = await insertRow(env.owner, "Segment", theirs);
    const insert = (rest: string) =>
      told(
        pool.query(
          `INSERT INTO public."Segment" ("id", "workspaceId", "name", "definition") VALUES ($1, $2, $3, '{}') ${rest}`,
          [id, mine, randomUUID()],
        ),
      );
    expect(await insert("")).toBe("23505 Segment_pkey");
    expect(await insert("ON CONFLICT DO NOTHING")).toBe("0 written");
    expect(
      await insert(
        'ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name" RETURNING *',
      ),
    ).toBe("42501");
    expect(
      (
        await env.owner.query(
          'SELECT 1 FROM public."Segment" WHERE "id" = $1 AND "workspaceId" = $2',
          [id, theirs],
        )
      ).rowCount,
    ).toBe(1);
  });
});
