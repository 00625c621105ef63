// A key that is taken away is refused at the very next request, in every process, whatever took it away: the API, SQL by hand, or
// a change of the workspace or of its parent. Given back, it is good again at once. Both processes have the key in their cache.

import { randomUUID } from "node:crypto";

import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  CreateAdminApiKeyResponse,
  ListWriteKeysResponse,
} from "isomorphic-lib/src/types";
import pg from "pg";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { asking, useOtherProcess } from "../../../test/otherProcess";
import {
  type Revocation,
  revokeAndGrant,
  systemQueries,
} from "../../../test/revocation";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const ROUNDS = Number(process.env.REVOCATION_ROUNDS ?? 10);
const TIMEOUT_MS = 120_000;

const api = useApi();
const here = asking(api);
const there = useOtherProcess();

let mine: ApiWorkspace;
beforeEach(async () => {
  mine = await api.workspace();
});

const sql = (text: string, ...values: unknown[]) =>
  api.env.owner.query(text, values);

/** Removes the rows of which the condition is true, and gives the means to put them back as they were. */
async function takeOut(
  tables: readonly string[],
  remove: () => Promise<unknown>,
  condition: string,
  ...values: unknown[]
): Promise<() => Promise<void>> {
  const copies: [string, unknown][] = [];
  for (const table of tables) {
    const { rows } = await api.env.owner.query<{ row: unknown }>(
      `SELECT to_jsonb(t) AS row FROM "${table}" AS t WHERE ${condition}`,
      values,
    );
    rows.forEach(({ row }) => copies.push([table, row]));
  }
  await remove();
  return async () => {
    for (const [table, row] of copies) {
      await sql(
        `INSERT INTO "${table}" SELECT * FROM jsonb_populate_record(NULL::"${table}", $1)`,
        JSON.stringify(row),
      );
    }
  };
}

/** A revocation that takes rows out, and a grant that puts them back. */
function rowsTaken(
  take: () => Promise<() => Promise<void>>,
): Pick<Revocation, "revoke" | "grant"> {
  let putBack = async () => Promise.resolve();
  return {
    revoke: async () => {
      putBack = await take();
    },
    grant: () => putBack(),
  };
}

const status = (id: string, to: "Active" | "Paused" | "Tombstoned") =>
  sql(`UPDATE "Workspace" SET "status" = $2 WHERE "id" = $1`, id, to);

describe("an admin API key", () => {
  const adminRequest = (
    key = mine.adminApiKey,
    query = `workspaceId=${mine.workspaceId}`,
  ) => ({
    url: `/api/admin/segments?${query}`,
    headers: { authorization: `Bearer ${key}` },
  });
  const refused = { granted: 200, refused: 401 };

  const throughApi = (): Revocation => {
    let key = { id: mine.adminApiKeyId, value: mine.adminApiKey };
    const { headers, workspaceId } = mine;
    return {
      request: () => adminRequest(key.value),
      ...refused,
      revoke: () =>
        there({
          method: "DELETE",
          url: `/api/admin-keys?workspaceId=${workspaceId}&id=${key.id}`,
          headers: {},
        }),
      grant: async () => {
        const { body } = await here({
          method: "POST",
          url: "/api/admin-keys",
          headers: { "df-workspace-id": headers["df-workspace-id"] ?? "" },
          payload: { workspaceId, name: randomUUID() },
        });
        const made = schemaValidate(body, CreateAdminApiKeyResponse);
        const { id, apiKey } = made._unsafeUnwrap();
        key = { id, value: apiKey };
      },
    };
  };
  const keyRow = (): Revocation => ({
    request: () => adminRequest(),
    ...refused,
    ...rowsTaken(() =>
      takeOut(
        ["AdminApiKey"],
        () =>
          sql(`DELETE FROM "AdminApiKey" WHERE "id" = $1`, mine.adminApiKeyId),
        `"id" = $1`,
        mine.adminApiKeyId,
      ),
    ),
  });
  const secretBecomes = (change: string): Revocation => ({
    request: () => adminRequest(),
    ...refused,
    revoke: () =>
      sql(
        `UPDATE "Secret" SET "configValue" = "configValue" || $2::jsonb WHERE "workspaceId" = $1 AND "configValue" ? 'key'`,
        mine.workspaceId,
        change,
      ),
    grant: () =>
      sql(
        `UPDATE "Secret" SET "configValue" = "configValue" || $2::jsonb WHERE "workspaceId" = $1 AND "configValue" ? 'key'`,
        mine.workspaceId,
        JSON.stringify({ key: mine.adminApiKey, permissions: ["Admin"] }),
      ),
  });

  test.each<[string, () => Revocation]>([
    ["that is deleted through the other process", throughApi],
    ["whose row is deleted by hand", keyRow],
    [
      "whose secret is another one now",
      () => secretBecomes(`{"key": "another"}`),
    ],
    [
      "whose permissions are taken away",
      () => secretBecomes(`{"permissions": []}`),
    ],
    [
      "whose workspace is paused",
      () => ({
        request: () => adminRequest(),
        ...refused,
        revoke: () => status(mine.workspaceId, "Paused"),
        grant: () => status(mine.workspaceId, "Active"),
      }),
    ],
    [
      "whose workspace is deleted",
      () => ({
        request: () => adminRequest(),
        ...refused,
        ...rowsTaken(() =>
          takeOut(
            ["Workspace", "Secret", "AdminApiKey"],
            () =>
              sql(`DELETE FROM "Workspace" WHERE "id" = $1`, mine.workspaceId),
            // One column name for all three: a workspace's own row has no other.
            `coalesce(to_jsonb(t) ->> 'workspaceId', to_jsonb(t) ->> 'id') = $1`,
            mine.workspaceId,
          ),
        ),
      }),
    ],
    [
      "whose workspace's external id becomes another's",
      () => {
        const externalId = randomUUID();
        const name = (to: string) =>
          sql(
            `UPDATE "Workspace" SET "externalId" = $2 WHERE "id" = $1`,
            mine.workspaceId,
            to,
          );
        return {
          request: () =>
            adminRequest(mine.adminApiKey, `externalId=${externalId}`),
          ...refused,
          granted: 200,
          revoke: () => name(randomUUID()),
          grant: () => name(externalId),
        };
      },
    ],
  ])(
    "%s is refused at the next request, and good again at the one after it is given back",
    async (_, make) => {
      const revocation = make();
      await revocation.grant();
      await revokeAndGrant([here, there], revocation, ROUNDS);
    },
    TIMEOUT_MS,
  );

  describe("of a parent", () => {
    let parent: ApiWorkspace;
    let child = "";
    beforeEach(async () => {
      parent = await api.workspace({ type: "Parent" });
      child = await api.env.createWorkspace({
        type: "Child",
        parentWorkspaceId: parent.workspaceId,
      });
    });
    const ofChild = () =>
      adminRequest(parent.adminApiKey, `workspaceId=${child}`);
    const moveTo = (id: string) =>
      sql(
        `UPDATE "Workspace" SET "parentWorkspaceId" = $2 WHERE "id" = $1`,
        child,
        id,
      );

    test.each<[string, () => Revocation]>([
      [
        "that is paused",
        () => ({
          request: ofChild,
          ...refused,
          revoke: () => status(parent.workspaceId, "Paused"),
          grant: () => status(parent.workspaceId, "Active"),
        }),
      ],
      [
        "that has the child no more",
        () => ({
          request: ofChild,
          ...refused,
          revoke: () => moveTo(mine.workspaceId),
          grant: () => moveTo(parent.workspaceId),
        }),
      ],
      [
        "that is deleted there",
        () => ({
          request: ofChild,
          ...refused,
          ...rowsTaken(() =>
            takeOut(
              ["AdminApiKey"],
              () =>
                sql(
                  `DELETE FROM "AdminApiKey" WHERE "id" = $1`,
                  parent.adminApiKeyId,
                ),
              `"id" = $1`,
              parent.adminApiKeyId,
            ),
          ),
        }),
      ],
      [
        "of whom the child is paused",
        () => ({
          request: ofChild,
          ...refused,
          revoke: () => status(child, "Paused"),
          grant: () => status(child, "Active"),
        }),
      ],
    ])(
      "%s does not open the child at the next request",
      async (_, make) => revokeAndGrant([here, there], make(), ROUNDS),
      TIMEOUT_MS,
    );

    test(
      "a child's new parent opens it at once, and the former one no more",
      async () => {
        const other = await api.workspace({ type: "Parent" });
        const statuses = (parents: ApiWorkspace[]) =>
          Promise.all(
            [here, there].flatMap((ask) =>
              parents.map(async ({ adminApiKey }) => {
                const answer = await ask(
                  adminRequest(adminApiKey, `workspaceId=${child}`),
                );
                return answer.status;
              }),
            ),
          );
        for (let round = 0; round < ROUNDS; round += 1) {
          const parents = round % 2 === 0 ? [other, parent] : [parent, other];
          await moveTo(parents[0]?.workspaceId ?? "");
          for (let i = 0; i < 3; i += 1) {
            expect(await statuses(parents)).toEqual([200, 401, 200, 401]);
          }
        }
      },
      TIMEOUT_MS,
    );
  });

  test(
    "of the oldest workspace opens it for requests that name none, for as long as it is the oldest",
    async () => {
      const older = await api.env.createWorkspace({ status: "Paused" });
      await sql(
        `UPDATE "Workspace" SET "createdAt" = '1990-01-01' WHERE "id" = $1`,
        mine.workspaceId,
      );
      await sql(
        `UPDATE "Workspace" SET "createdAt" = '1980-01-01' WHERE "id" = $1`,
        older,
      );
      await revokeAndGrant(
        [here, there],
        {
          request: () => adminRequest(mine.adminApiKey, ""),
          ...refused,
          revoke: () => status(older, "Active"),
          grant: () => status(older, "Paused"),
        },
        ROUNDS,
      );
      await sql(`DELETE FROM "Workspace" WHERE "id" = ANY ($1)`, [
        older,
        mine.workspaceId,
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "is refused at the next request also when the processes have just lost the connection on which they hear of it",
    async () => {
      const superuser = new pg.Client({
        connectionString: api.env.url("superuser"),
      });
      await superuser.connect();
      const listeners = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dittofeed_cache'`;
      const key = keyRow();
      const warmUp = async () => {
        for (const ask of [here, there, here, there]) {
          expect((await ask(key.request())).status).toBe(200);
        }
      };
      try {
        await warmUp();
        for (let round = 0; round < ROUNDS / 5; round += 1) {
          await vi.waitFor(
            async () => {
              const { rowCount } = await superuser.query(
                `SELECT 1 ${listeners}`,
              );
              expect(rowCount).toBe(2);
            },
            { timeout: 10_000 },
          );
          await warmUp();
          await superuser.query(
            `SELECT pg_terminate_backend(pid) ${listeners}`,
          );
          await key.revoke();
          expect(
            (
              await Promise.all([here, there].map((ask) => ask(key.request())))
            ).map((answer) => answer.status),
          ).toEqual([401, 401]);
          await key.grant();
          expect(
            (
              await Promise.all([here, there].map((ask) => ask(key.request())))
            ).map((answer) => answer.status),
          ).toEqual([200, 200]);
        }
      } finally {
        await superuser.end();
      }
    },
    TIMEOUT_MS,
  );
});

describe("a write key", () => {
  const write = (authorization: string) => ({
    method: "POST" as const,
    url: "/api/public/apps/batch",
    headers: { authorization },
    payload: { batch: [] },
  });
  const secretId = () =>
    Buffer.from(mine.writeKey.slice("Basic ".length), "base64")
      .toString()
      .split(":")[0] ?? "";

  const throughApi = (): Revocation => {
    let header = mine.writeKey;
    let writeKeyName = "test-write-key";
    const { workspaceId } = mine;
    return {
      request: () => write(header),
      granted: 204,
      refused: 401,
      revoke: () =>
        there({
          method: "DELETE",
          url: "/api/settings/write-keys",
          headers: {},
          payload: { workspaceId, writeKeyName },
        }),
      grant: async () => {
        writeKeyName = randomUUID();
        await there({
          method: "PUT",
          url: "/api/settings/write-keys",
          headers: {},
          payload: { workspaceId, writeKeyName },
        });
        const { body } = await here({
          url: `/api/settings/write-keys?workspaceId=${workspaceId}`,
          headers: {},
        });
        const listed = schemaValidate(body, ListWriteKeysResponse);
        const made = listed
          ._unsafeUnwrap()
          .find((key) => key.writeKeyName === writeKeyName);
        const credentials = `${made?.secretId ?? ""}:${made?.writeKeyValue ?? ""}`;
        header = `Basic ${Buffer.from(credentials).toString("base64")}`;
      },
    };
  };
  const asIs = { request: () => write(mine.writeKey), granted: 204 };
  const valueBecomes = (value: string) =>
    sql(`UPDATE "Secret" SET "value" = $2 WHERE "id" = $1`, secretId(), value);

  test.each<[string, () => Revocation]>([
    ["that is deleted through the other process", throughApi],
    [
      "whose row is deleted by hand",
      () => ({
        ...asIs,
        refused: 401,
        ...rowsTaken(() =>
          takeOut(
            ["WriteKey"],
            () =>
              sql(`DELETE FROM "WriteKey" WHERE "secretId" = $1`, secretId()),
            `"secretId" = $1`,
            secretId(),
          ),
        ),
      }),
    ],
    [
      "whose secret is deleted by hand",
      () => ({
        ...asIs,
        refused: 401,
        ...rowsTaken(() =>
          takeOut(
            ["Secret", "WriteKey"],
            () => sql(`DELETE FROM "Secret" WHERE "id" = $1`, secretId()),
            `coalesce(to_jsonb(t) ->> 'secretId', to_jsonb(t) ->> 'id') = $1`,
            secretId(),
          ),
        ),
      }),
    ],
    [
      "whose value is another one now",
      () => {
        const value = Buffer.from(mine.writeKey.slice(6), "base64")
          .toString()
          .split(":")[1];
        return {
          ...asIs,
          refused: 401,
          revoke: () => valueBecomes("another"),
          grant: () => valueBecomes(value ?? ""),
        };
      },
    ],
    [
      "whose workspace is paused",
      () => ({
        ...asIs,
        refused: 401,
        revoke: () => status(mine.workspaceId, "Paused"),
        grant: () => status(mine.workspaceId, "Active"),
      }),
    ],
    [
      "that passes to a workspace which is not active",
      () => ({
        ...asIs,
        refused: 401,
        revoke: () => status(mine.workspaceId, "Tombstoned"),
        grant: () => status(mine.workspaceId, "Active"),
      }),
    ],
  ])(
    "%s is refused at the next request, and good again at the one after it is given back",
    async (_, make) => revokeAndGrant([here, there], make(), ROUNDS),
    TIMEOUT_MS,
  );
});

describe("to find out who calls", () => {
  test("a request that comes again asks the database nothing, without a name or with one", async () => {
    for (const request of [
      { url: "/api/segments", headers: {} },
      { url: `/api/segments?workspaceId=${mine.workspaceId}`, headers: {} },
    ]) {
      await here(request);
      await here(request);
      expect(await systemQueries(() => here(request))).toBe(0);
    }
  });

  test("a made-up claim asks the database each time, and keeps nothing", async () => {
    const invented = {
      url: `/api/admin/segments?workspaceId=${mine.workspaceId}`,
      headers: { authorization: "Bearer invented" },
    };
    for (let i = 0; i < 3; i += 1) {
      expect(await systemQueries(() => here(invented))).toBe(1);
    }
  });
});

test("nobody without a name is let into a workspace that was paused", () =>
  revokeAndGrant(
    [here, there],
    {
      request: () => ({
        url: `/api/segments?workspaceId=${mine.workspaceId}`,
        headers: {},
      }),
      granted: 200,
      refused: 403,
      revoke: () => status(mine.workspaceId, "Paused"),
      grant: () => status(mine.workspaceId, "Active"),
    },
    ROUNDS,
  ));
