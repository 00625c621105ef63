import { assert, beforeEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { createAdminApiKey } from "../adminApiKeys";
import {
  setDefaultEmailProvider,
  setDefaultSmsProvider,
  upsertEmailProvider,
  upsertSmsProvider,
} from "../messageProviders";
import { deleteSecret, listSecrets, upsertSecret } from "../secrets";
import { upsertWriteKey } from "../writeKeys";

const env = useTenantEnv();

let workspaceId: string;
beforeEach(async () => {
  workspaceId = await env.createWorkspace();
});

const put = (
  secret: {
    name: string;
    value?: string;
    configValue?: Record<string, unknown>;
  },
  id = workspaceId,
) => env.as(id, () => upsertSecret({ workspaceId: id, ...secret }));
const list = (names?: string[], id = workspaceId) =>
  env.as(id, () => listSecrets({ workspaceId: id, names }));
const drop = (secretId: string, id = workspaceId) =>
  env.as(id, () => deleteSecret({ workspaceId: id, id: secretId }));

interface Row {
  id: string;
  name: string;
  value: string | null;
  configValue: unknown;
}

async function row(name: string, id = workspaceId): Promise<Row | undefined> {
  const { rows } = await env.owner.query<Row>(
    `SELECT "id", "name", "value", "configValue" FROM public."Secret" WHERE "workspaceId" = $1 AND "name" = $2`,
    [id, name],
  );
  return rows[0];
}

describe("secrets", () => {
  it("are listed by name when they have a value, all or those asked for", async () => {
    await put({ name: "b", value: "2" });
    await put({ name: "a", value: "1" });
    await put({ name: "config-only", configValue: { key: "x" } });
    expect((await list()).map(({ name, value }) => [name, value])).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect((await list(["b", "missing"])).map(({ name }) => name)).toEqual([
      "b",
    ]);
    expect(await list([])).toEqual([]);
  });

  it("keep what a change does not mention, key by key", async () => {
    await put({ name: "s", value: "v1", configValue: { a: 1, b: 1 } });
    await put({ name: "s", configValue: { b: 2, c: { deep: true } } });
    expect(await row("s")).toMatchObject({
      value: "v1",
      configValue: { a: 1, b: 2, c: { deep: true } },
    });
    await put({ name: "s", value: "v2" });
    expect(await row("s")).toMatchObject({
      value: "v2",
      configValue: { a: 1, b: 2, c: { deep: true } },
    });
  });

  it("lose nothing when many set different keys at once", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        put({ name: "s", configValue: { [`k${index}`]: index } }),
      ),
    );
    const expected = Array.from({ length: 20 }, (_, index) => [
      `k${index}`,
      index,
    ]);
    expect((await row("s"))?.configValue).toEqual(Object.fromEntries(expected));
  });

  it("turn a config that was no object into one", async () => {
    await env.owner.query(
      `INSERT INTO public."Secret" ("workspaceId", "name", "configValue") VALUES ($1, 's', '[1]')`,
      [workspaceId],
    );
    await put({ name: "s", configValue: { a: 1 } });
    expect((await row("s"))?.configValue).toEqual({ a: 1 });
  });

  it("need something to be set", async () => {
    const result = await put({ name: "s" });
    expect(result.isErr() && result.error.type).toBe("BadValues");
    expect(await row("s")).toBeUndefined();
  });

  it("are deleted by id, once", async () => {
    await put({ name: "s", value: "v" });
    const [secret] = await list();
    assert(secret !== undefined);
    expect((await drop(secret.id)).isOk()).toBe(true);
    const again = await drop(secret.id);
    expect(again.isErr() && again.error.type).toBe("NotFound");
  });

  it("keep hostile text as text", async () => {
    const name = `"}'; DELETE FROM "Secret"; --`;
    await put({ name, value: `{{constructor}} $1 \\ '"` });
    await put({ name, configValue: { "__proto__ ": "x", "'": null } });
    expect(await list([name])).toMatchObject([
      { name, value: `{{constructor}} $1 \\ '"` },
    ]);
  });
});

describe("keys", () => {
  it("are neither read, changed nor deleted as secrets", async () => {
    await env.as(workspaceId, () =>
      upsertWriteKey({ workspaceId, writeKeyName: "default-write-key" }),
    );
    await env.as(workspaceId, () =>
      createAdminApiKey({ workspaceId, name: "ops" }),
    );
    const names = ["default-write-key", "df-admin-api-key-ops"];
    const before = await Promise.all(names.map((name) => row(name)));

    expect(await list()).toEqual([]);
    expect(await list(names)).toEqual([]);
    for (const name of names) {
      const chosen = await put({
        name,
        value: "chosen",
        configValue: { type: "AdminApiKey", key: "chosen" },
      });
      expect(chosen.isErr() && chosen.error.type).toBe("ProtectedSecret");
    }
    for (const key of before) {
      const deleted = await drop(key?.id ?? "");
      expect(deleted.isErr() && deleted.error.type).toBe("NotFound");
    }
    expect(await Promise.all(names.map((name) => row(name)))).toEqual(before);
  });

  it("cannot be prepared as a secret before they are made", async () => {
    const result = await put({
      name: "df-admin-api-key-next",
      configValue: { type: "AdminApiKey", key: "k", permissions: ["Admin"] },
    });
    expect(result.isErr() && result.error.type).toBe("ProtectedSecret");
  });
});

describe("another workspace", () => {
  it("does not see, change or delete the secrets of this one", async () => {
    const other = await env.createWorkspace();
    await put({ name: "s", value: "ours" });
    const ours = await row("s");
    assert(ours !== undefined);
    expect(await list(["s"], other)).toEqual([]);
    await put({ name: "s", value: "theirs" }, other);
    const deleted = await drop(ours.id, other);
    expect(deleted.isErr() && deleted.error.type).toBe("NotFound");
    expect((await row("s"))?.value).toBe("ours");
    // Even when the code's own condition names the wrong workspace, the database does not give in.
    const confused = await env.as(other, () =>
      deleteSecret({ workspaceId, id: ours.id }),
    );
    expect(confused.isErr()).toBe(true);
    expect((await row("s"))?.value).toBe("ours");
  });
});

describe("message providers", () => {
  const defaults = async (id = workspaceId) => {
    const { rows } = await env.owner.query<Record<string, unknown>>(
      `SELECT p."type", d."fromAddress" FROM public."DefaultEmailProvider" d
       JOIN public."EmailProvider" p ON p."id" = d."emailProviderId" WHERE d."workspaceId" = $1`,
      [id],
    );
    return rows;
  };

  it("keep credentials that a change leaves out", async () => {
    await env.as(workspaceId, async () => {
      await upsertEmailProvider({
        workspaceId,
        config: { type: "SendGrid", apiKey: "a", webhookKey: "w" },
      });
      await upsertEmailProvider({
        workspaceId,
        config: { type: "SendGrid", apiKey: "b" },
      });
    });
    expect((await row("sendgrid"))?.configValue).toEqual({
      type: "SendGrid",
      apiKey: "b",
      webhookKey: "w",
    });
    expect(await defaults()).toEqual([]);
  });

  it("become the default when asked to, by type and by id", async () => {
    await env.as(workspaceId, async () => {
      await upsertEmailProvider({
        workspaceId,
        config: { type: "Test" },
        setDefault: true,
      });
      await upsertEmailProvider({ workspaceId, config: { type: "Smtp" } });
    });
    expect(await defaults()).toEqual([{ type: "Test", fromAddress: null }]);
    const chosen = await env.as(workspaceId, () =>
      setDefaultEmailProvider({
        workspaceId,
        emailProvider: "Smtp",
        fromAddress: "us@example.com",
      }),
    );
    expect(chosen.isOk()).toBe(true);
    expect(await defaults()).toEqual([
      { type: "Smtp", fromAddress: "us@example.com" },
    ]);
    const unnamed = await env.as(workspaceId, () =>
      setDefaultEmailProvider({ workspaceId, fromAddress: null }),
    );
    expect(unnamed.isErr() && unnamed.error.type).toBe("BadValues");
  });

  it("of another workspace cannot become the default", async () => {
    const other = await env.createWorkspace();
    await env.as(other, async () => {
      await upsertEmailProvider({
        workspaceId: other,
        config: { type: "Test" },
      });
      await upsertSmsProvider({ workspaceId: other, config: { type: "Test" } });
    });
    const { rows } = await env.owner.query<{ e: string; s: string }>(
      `SELECT (SELECT "id" FROM public."EmailProvider" WHERE "workspaceId" = $1) AS e,
              (SELECT "id" FROM public."SmsProvider" WHERE "workspaceId" = $1) AS s`,
      [other],
    );
    assert(rows[0] !== undefined);
    const { e: emailProviderId, s: smsProviderId } = rows[0];
    const email = await env.as(workspaceId, () =>
      setDefaultEmailProvider({
        workspaceId,
        emailProviderId,
        fromAddress: null,
      }),
    );
    const sms = await env.as(workspaceId, () =>
      setDefaultSmsProvider({ workspaceId, smsProviderId }),
    );
    expect(email.isErr() && email.error.type).toBe("NotFound");
    expect(sms.isErr() && sms.error.type).toBe("NotFound");
    const own = await env.as(other, () =>
      setDefaultSmsProvider({ workspaceId: other, smsProviderId }),
    );
    expect(own.isOk()).toBe(true);
  });

  it("keep the secret they use from being deleted", async () => {
    await env.as(workspaceId, () =>
      upsertSmsProvider({
        workspaceId,
        config: { type: "Twilio", authToken: "t" },
        setDefault: true,
      }),
    );
    const secret = await row("twilio-key");
    const result = await drop(secret?.id ?? "");
    expect(result.isErr() && result.error.type).toBe("SecretInUse");
    expect((await row("twilio-key"))?.configValue).toEqual({
      type: "Twilio",
      authToken: "t",
    });
  });
});
