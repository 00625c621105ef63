// Lists that are read through the cache: whole, in order, and none cut off, however long.

import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { manualSegment, traitSegment } from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import { db } from "../db";
import { KEPT_CHARACTERS_MAX, KEPT_ROWS_MAX } from "../keptLists";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { getSegments } from "../segments";

const env = useTenantEnv();

let outcomes: string[] = [];
const note = ({ kind, outcome }: { kind: string; outcome: string }) => {
  if (kind === "segments") {
    outcomes.push(outcome);
  }
};
let statements = 0;
const count = ({ workspaceId }: { workspaceId: string | null }) => {
  statements += workspaceId === null ? 0 : 1;
};
let mine = "";

beforeEach(async () => {
  mine = await env.createWorkspace();
  await env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'segments', 'limit', NULL)`,
    [mine],
  );
  outcomes = [];
  statements = 0;
  tenantEvents.on("cacheRead", note);
  tenantEvents.on("query", count);
});
afterEach(() => {
  tenantEvents.off("cacheRead", note);
  tenantEvents.off("query", count);
});

/** In the order of their ids' answers. */
async function insert(definitions: readonly unknown[]): Promise<string[]> {
  const { rows } = await env.owner.query<{ id: string }>(
    `INSERT INTO "Segment" ("workspaceId", "name", "definition", "createdAt", "updatedAt", "definitionUpdatedAt")
     SELECT $1, 'segment ' || at, definition, now() + at * interval '1 ms', now(), now()
       FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS d(definition, at)
     RETURNING "id"`,
    [mine, JSON.stringify(definitions)],
  );
  return rows.map(({ id }) => id);
}

const list = (ids?: string[]) =>
  env.as(mine, () =>
    getSegments({ workspaceId: mine, ...(ids === undefined ? {} : { ids }) }),
  );
const idsOf = (items: readonly { readonly id: string }[]) =>
  items.map(({ id }) => id);
const many = (length: number) => Array.from({ length }, () => traitSegment());

describe("a list", () => {
  test("is read from the database once, and from the cache after that, narrowed or not", async () => {
    const [first = "", second = "", third = ""] = await insert(many(3));
    expect(idsOf(await list())).toEqual([first, second, third]);
    expect(idsOf(await list([third.toUpperCase(), first, first]))).toEqual([
      first,
      third,
    ]);
    expect(await list([randomUUID()])).toEqual([]);
    expect(await list([])).toEqual([]);
    expect(statements).toBe(1);
    expect(outcomes).toEqual(["loaded", "process", "process", "process"]);
  });

  test("is the same as with a reader, which reads the database", async () => {
    await insert([...many(2), manualSegment()]);
    await list();
    statements = 0;
    const cached = await list();
    const read = await env.as(mine, () =>
      getSegments({ workspaceId: mine }, { reader: db() }),
    );
    expect(cached).toStrictEqual(read);
    expect(statements).toBe(1);
  });

  test("is the caller's, and its items are nobody's to change", async () => {
    await insert(many(2));
    const items = await list();
    items.reverse();
    items.pop();
    expect(await list()).toHaveLength(2);
    const [item] = items;
    expect(() => Object.assign(item ?? {}, { name: "other" })).toThrow(
      TypeError,
    );
    expect(() => item?.definition.nodes.push()).toThrow(TypeError);
  });
});

describe("a list that is too large to be kept", () => {
  test("by its rows comes whole all the same, also when some of them are not understood", async () => {
    const ids = await insert([
      { entryNode: "from another version" },
      ...many(KEPT_ROWS_MAX + 10),
    ]);
    for (let round = 0; round < 2; round += 1) {
      expect(idsOf(await list())).toEqual(ids.slice(1));
      expect(idsOf(await list(ids.slice(-2)))).toEqual(ids.slice(-2));
    }
    // What is kept is that it is too large: one look, and then a statement for each read.
    expect(statements).toBe(5);
  });

  test("is kept as soon as it is short enough", async () => {
    const ids = await insert(many(KEPT_ROWS_MAX + 1));
    expect(idsOf(await list())).toEqual(ids);
    await env.owner.query(`DELETE FROM "Segment" WHERE "id" = $1`, [ids[0]]);
    expect(idsOf(await list())).toEqual(ids.slice(1));
    statements = 0;
    expect(idsOf(await list())).toEqual(ids.slice(1));
    expect(statements).toBe(0);
  });

  test("by its length as JSON comes whole, and one of it without the rest", async () => {
    const { entryNode } = traitSegment("x".repeat(10_000));
    const nodes = Array.from(
      { length: KEPT_CHARACTERS_MAX / 20_000 },
      () => entryNode,
    );
    const ids = await insert(
      Array.from({ length: 3 }, () => ({ entryNode, nodes })),
    );
    expect(idsOf(await list())).toEqual(ids);
    expect(idsOf(await list(ids.slice(1, 2)))).toEqual(ids.slice(1, 2));
    expect(statements).toBe(3);
  });
});
