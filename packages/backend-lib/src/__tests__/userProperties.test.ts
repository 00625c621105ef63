// User properties and their indices against a real Postgres: upserts, protection, status, isolation and races.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { type UserPropertyDefinition } from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import {
  deleteUserProperty,
  getUserProperties,
  updateUserPropertyStatus,
  upsertUserProperty,
} from "../userProperties";
import {
  deleteUserPropertyIndex,
  getUserPropertyIndices,
  upsertUserPropertyIndex,
} from "../userPropertyIndices";

const env = useTenantEnv();
let mine: string;
let theirs: string;

beforeEach(async () => {
  [mine, theirs] = await Promise.all([
    env.createWorkspace(),
    env.createWorkspace(),
  ]);
});

type Upsert = Omit<Parameters<typeof upsertUserProperty>[0], "workspaceId">;

const trait = (path: string): UserPropertyDefinition => ({
  type: "Trait",
  path,
});
const put = (input: Upsert, workspaceId = mine) =>
  env.as(workspaceId, () => upsertUserProperty({ ...input, workspaceId }));
const list = (workspaceId = mine) =>
  env.as(workspaceId, () => getUserProperties({ workspaceId }));
const remove = (id: string) =>
  env.as(mine, () => deleteUserProperty({ workspaceId: mine, id }));
const patch = (id: string) =>
  env.as(mine, () =>
    updateUserPropertyStatus({ workspaceId: mine, id, status: "Paused" }),
  );

/** As the host makes it for a new workspace. */
async function protectedId(): Promise<string> {
  const id = randomUUID();
  await env.owner.query(
    `INSERT INTO "UserProperty" ("id", "workspaceId", "name", "definition", "updatedAt")
     VALUES ($1, $2, 'anonymousId', '{"type": "AnonymousId"}', now())`,
    [id, mine],
  );
  return id;
}

describe("upsert", () => {
  test("makes a user property, and finds it by name and by id", async () => {
    const made = unwrap(
      await put({ name: "plan", definition: trait("plan"), exampleValue: "1" }),
    );
    expect(made).toMatchObject({
      name: "plan",
      definition: trait("plan"),
      exampleValue: "1",
    });
    expect(made).not.toHaveProperty("status");
    const renamed = unwrap(await put({ id: made.id, name: "tier" }));
    expect(renamed).toMatchObject({
      id: made.id,
      name: "tier",
      exampleValue: "1",
      definitionUpdatedAt: made.definitionUpdatedAt,
    });
    const same = unwrap(await put({ name: "tier", definition: trait("plan") }));
    expect(same.definitionUpdatedAt).toBe(made.definitionUpdatedAt);
    const changed = unwrap(
      await put({ name: "tier", definition: trait("tier") }),
    );
    expect(changed.definitionUpdatedAt).toBeGreaterThan(
      made.definitionUpdatedAt,
    );
    expect(await list()).toEqual([{ ...changed, status: "Running" }]);
  });

  test("without a definition a new one is refused; a group has to lead somewhere", async () => {
    const bare = await put({ name: "x" });
    expect(bare._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition" }],
    });
    const group = await put({
      name: "x",
      definition: { type: "Group", entry: "nobody", nodes: [] },
    });
    expect(group._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition/entry" }],
    });
    expect(await list()).toEqual([]);
  });

  test("another's name is refused, and another workspace's id shows and changes nothing", async () => {
    unwrap(await put({ name: "a", definition: trait("a") }));
    const { id } = unwrap(await put({ name: "b", definition: trait("b") }));
    const foreign = unwrap(
      await put({ name: "theirs", definition: trait("secret") }, theirs),
    );
    for (const input of [
      { id, name: "a" },
      { id: foreign.id, name: "stolen", definition: trait("stolen") },
    ]) {
      const result = await put(input);
      expect(result._unsafeUnwrapErr().type).toBe("UserPropertyAlreadyExists");
    }
    const blind = await put({ id: foreign.id, name: "stolen" });
    expect(JSON.stringify(blind._unsafeUnwrapErr())).not.toContain("secret");
    expect(await list(theirs)).toEqual([{ ...foreign, status: "Running" }]);
  });

  test("protected ones can be neither made, changed, renamed, paused nor deleted", async () => {
    const id = await protectedId();
    const [before] = await list();
    for (const input of [
      { name: "id", definition: trait("x") },
      { name: "anonymousId", exampleValue: "x" },
      { id, name: "free" },
    ]) {
      const result = await put(input);
      expect(result._unsafeUnwrapErr().type).toBe("ProtectedUserProperty");
    }
    const other = unwrap(await put({ name: "other", definition: trait("o") }));
    const renamed = await put({ id: other.id, name: "id" });
    expect(renamed._unsafeUnwrapErr().type).toBe("ProtectedUserProperty");
    expect((await patch(id))._unsafeUnwrapErr().type).toBe(
      "ProtectedUserProperty",
    );
    expect((await remove(id)).isErr()).toBe(true);
    expect((await list())[0]).toEqual(before);
  });

  test("many puts of one new name make one user property, and all succeed", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        put({ name: "hot", definition: trait(String(index)) }),
      ),
    );
    expect(new Set(results.map((result) => unwrap(result).id)).size).toBe(1);
    expect(await list()).toHaveLength(1);
  });
});

describe("status and delete", () => {
  test("pauses its own, and finds no other workspace's", async () => {
    const made = unwrap(await put({ name: "a", definition: trait("a") }));
    expect(unwrap(await patch(made.id)).status).toBe("Paused");
    const foreign = unwrap(
      await put({ name: "a", definition: trait("a") }, theirs),
    );
    expect((await patch(foreign.id))._unsafeUnwrapErr().type).toBe("NotFound");
    expect(await list(theirs)).toMatchObject([{ status: "Running" }]);
  });

  test("deletes once with values and index, and never another workspace's", async () => {
    const made = unwrap(await put({ name: "a", definition: trait("a") }));
    const foreign = unwrap(
      await put({ name: "a", definition: trait("a") }, theirs),
    );
    await env.as(mine, () =>
      upsertUserPropertyIndex({
        workspaceId: mine,
        userPropertyId: made.id,
        type: "String",
      }),
    );
    expect((await remove(foreign.id)).isErr()).toBe(true);
    expect((await remove(made.id)).isOk()).toBe(true);
    expect((await remove(made.id)).isErr()).toBe(true);
    expect(
      await env.as(mine, () => getUserPropertyIndices({ workspaceId: mine })),
    ).toEqual([]);
    expect(await list(theirs)).toHaveLength(1);
  });

  test("a stored definition that is none is left out", async () => {
    const made = unwrap(await put({ name: "a", definition: trait("a") }));
    await env.owner.query(
      `UPDATE "UserProperty" SET "definition" = '{}' WHERE "id" = $1`,
      [made.id],
    );
    expect(await list()).toEqual([]);
  });
});

describe("indices", () => {
  const index = (userPropertyId: string, type: "String" | "Date" = "String") =>
    env.as(mine, () =>
      upsertUserPropertyIndex({ workspaceId: mine, userPropertyId, type }),
    );
  const indices = (workspaceId = mine) =>
    env.as(workspaceId, () => getUserPropertyIndices({ workspaceId }));
  const drop = (userPropertyId: string) =>
    env.as(mine, () =>
      deleteUserPropertyIndex({ workspaceId: mine, userPropertyId }),
    );

  test("one for each user property, whose type can change", async () => {
    const { id } = unwrap(await put({ name: "a", definition: trait("a") }));
    await Promise.all(Array.from({ length: 6 }, () => index(id)));
    expect(await indices()).toMatchObject([
      { workspaceId: mine, userPropertyId: id, type: "String" },
    ]);
    unwrap(await index(id, "Date"));
    expect(await indices()).toMatchObject([{ type: "Date" }]);
    await drop(id);
    await drop(id);
    expect(await indices()).toEqual([]);
  });

  test("another workspace's user property has none here, and keeps its own", async () => {
    const { id } = unwrap(
      await put({ name: "a", definition: trait("a") }, theirs),
    );
    await env.as(theirs, () =>
      upsertUserPropertyIndex({
        workspaceId: theirs,
        userPropertyId: id,
        type: "Number",
      }),
    );
    const error = (await index(id))._unsafeUnwrapErr();
    expect(error.type).toBe("BadValues");
    expect(error.message).toContain("userPropertyId");
    await drop(id);
    expect(await indices(theirs)).toMatchObject([{ type: "Number" }]);
  });
});
