import { assert, beforeEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import {
  createAdminApiKey,
  deleteAdminApiKey,
  listAdminApiKeys,
} from "../adminApiKeys";
import { validateAdminApiKey, validateWriteKey } from "../auth";
import { writeKeyHeader } from "../workspaces/keys";
import { deleteWriteKey, listWriteKeys, upsertWriteKey } from "../writeKeys";

const env = useTenantEnv();

const anyText: unknown = expect.any(String);
const anyNumber: unknown = expect.any(Number);
const sixteenHex: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);
const sixtyFourHex: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);

let workspaceId: string;
beforeEach(async () => {
  workspaceId = await env.createWorkspace();
});

async function secrets(id = workspaceId): Promise<string[]> {
  const { rows } = await env.owner.query<{ name: string }>(
    `SELECT "name" FROM public."Secret" WHERE "workspaceId" = $1 ORDER BY 1`,
    [id],
  );
  return rows.map(({ name }) => name);
}

async function plainSecret(name: string, value = "known-to-many") {
  await env.owner.query(
    `INSERT INTO public."Secret" ("workspaceId", "name", "value") VALUES ($1, $2, $3)`,
    [workspaceId, name, value],
  );
}

describe("write keys", () => {
  const put = (writeKeyName: string, id = workspaceId) =>
    env.as(id, () => upsertWriteKey({ workspaceId: id, writeKeyName }));
  const drop = (writeKeyName: string, id = workspaceId) =>
    env.as(id, () => deleteWriteKey({ workspaceId: id, writeKeyName }));
  const list = (id = workspaceId) =>
    env.as(id, () => listWriteKeys({ workspaceId: id }));
  const isAccepted = async (key: { secretId: string; writeKeyValue: string }) =>
    (
      await validateWriteKey({
        authorization: writeKeyHeader({
          secretId: key.secretId,
          value: key.writeKeyValue,
        }),
      })
    ).isOk();

  it("are listed with their values by name, and accepted until deleted", async () => {
    await put("web");
    await put("app");
    const [app, web] = await list();
    assert(app !== undefined && web !== undefined);
    expect([app.writeKeyName, web.writeKeyName]).toEqual(["app", "web"]);
    expect(web).toEqual({
      workspaceId,
      writeKeyName: "web",
      writeKeyValue: sixteenHex,
      secretId: anyText,
    });
    expect(web.writeKeyValue).not.toBe(app.writeKeyValue);
    expect(await isAccepted(web)).toBe(true);

    expect((await drop("web")).isOk()).toBe(true);
    expect(await isAccepted(web)).toBe(false);
    expect(await isAccepted(app)).toBe(true);
    expect(await secrets()).toEqual(["app"]);
  });

  it("stay as they are when made again, also ten times at once", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => put("same")),
    );
    expect(results.every((result) => result.isOk())).toBe(true);
    const before = await list();
    await put("same");
    expect(await list()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it("are never made of a secret that is there already", async () => {
    await plainSecret("smtp");
    const result = await put("smtp");
    expect(result.isErr() && result.error.type).toBe(
      "UniqueConstraintViolation",
    );
    expect((await put("df-admin-api-key-x")).isErr()).toBe(true);
    expect(await list()).toEqual([]);
    expect(await secrets()).toEqual(["smtp"]);
  });

  it("are the only secrets that deleting a write key deletes", async () => {
    await plainSecret("smtp");
    await env.as(workspaceId, () =>
      createAdminApiKey({ workspaceId, name: "ops" }),
    );
    const before = await secrets();
    for (const name of [
      "smtp",
      "df-admin-api-key-ops",
      "missing",
      "' OR 1=1",
    ]) {
      const result = await drop(name);
      expect(result.isErr() && result.error.type).toBe("NotFound");
    }
    expect(await secrets()).toEqual(before);
  });

  it("of another workspace are neither seen nor deleted", async () => {
    const other = await env.createWorkspace();
    await put("theirs", other);
    expect(await list()).toEqual([]);
    expect((await drop("theirs")).isErr()).toBe(true);
    expect(await list(other)).toHaveLength(1);
  });
});

describe("admin API keys", () => {
  const make = (name: string, id = workspaceId) =>
    env.as(id, () => createAdminApiKey({ workspaceId: id, name }));
  const drop = (keyId: string, id = workspaceId) =>
    env.as(id, () => deleteAdminApiKey({ workspaceId: id, id: keyId }));
  const list = (id = workspaceId) =>
    env.as(id, () => listAdminApiKeys({ workspaceId: id }));
  const isAccepted = async (apiKey: string, id = workspaceId) =>
    (
      await validateAdminApiKey({
        authorization: `Bearer ${apiKey}`,
        selector: { by: "id", workspaceId: id },
      })
    ).isOk();
  const made = async (...args: Parameters<typeof make>) => {
    const result = await make(...args);
    assert(result.isOk(), JSON.stringify(result));
    return result.value;
  };

  it("are shown once, listed without their values, and accepted until deleted", async () => {
    const key = await made("ops");
    expect(key).toEqual({
      workspaceId,
      id: anyText,
      name: "ops",
      createdAt: anyNumber,
      apiKey: sixtyFourHex,
    });
    expect(await list()).toEqual([
      { id: key.id, name: "ops", createdAt: key.createdAt },
    ]);
    expect(await isAccepted(key.apiKey)).toBe(true);

    await drop(key.id);
    expect(await list()).toEqual([]);
    expect(await secrets()).toEqual([]);
    expect(await isAccepted(key.apiKey)).toBe(false);
  });

  it("do not come back to life when the name is used again", async () => {
    const first = await made("ops");
    await drop(first.id);
    const second = await made("ops");
    expect(second.apiKey).not.toBe(first.apiKey);
    expect(await isAccepted(first.apiKey)).toBe(false);
    expect(await isAccepted(second.apiKey)).toBe(true);
  });

  it("replace the secret that a key deleted by Dittofeed left behind", async () => {
    const old = await made("ops");
    await env.owner.query(
      `DELETE FROM public."AdminApiKey" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(await secrets()).toEqual(["df-admin-api-key-ops"]);
    const renewed = await made("ops");
    expect(await isAccepted(old.apiKey)).toBe(false);
    expect(await isAccepted(renewed.apiKey)).toBe(true);
  });

  it("are refused under a taken name, which keeps its key", async () => {
    const first = await made("ops");
    const second = await make("ops");
    expect(second.isErr() && second.error.type).toBe(
      "UniqueConstraintViolation",
    );
    expect(await isAccepted(first.apiKey)).toBe(true);
    const results = await Promise.all([make("x"), make("x"), make("x")]);
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
  });

  it("of another workspace are neither seen nor deleted", async () => {
    const other = await env.createWorkspace();
    const theirs = await made("ops", other);
    expect(await list()).toEqual([]);
    await drop(theirs.id);
    expect(await isAccepted(theirs.apiKey, other)).toBe(true);
    expect(await isAccepted(theirs.apiKey)).toBe(false);
  });
});
