import { Value } from "@sinclair/typebox/value";
import {
  MessageTemplateDefinition,
  SegmentDefinition,
  UserPropertyDefinition,
} from "isomorphic-lib/src/types";
import { assert, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { validateAdminApiKey, validateWriteKey } from "../auth";
import { inTransaction, systemDb } from "../db";
import { createWorkspace, findWorkspace, listWorkspaces } from "../workspaces";
import { ensureDefaults } from "../workspaces/defaults";

const env = useTenantEnv();

async function created(...args: Parameters<typeof createWorkspace>) {
  const result = await createWorkspace(...args);
  assert(result.isOk(), JSON.stringify(result));
  return result.value;
}

async function rows(table: string, workspaceId: string) {
  const { rows: found } = await env.owner.query<Record<string, unknown>>(
    `SELECT * FROM public."${table}" WHERE "workspaceId" = $1 ORDER BY 1`,
    [workspaceId],
  );
  return found;
}

async function workspaceCount(): Promise<number> {
  const { rows: found } = await env.owner.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM public."Workspace"`,
  );
  return found[0]?.n ?? 0;
}

describe("a new workspace", () => {
  it("comes with a write key and an admin API key that authentication accepts", async () => {
    const { workspaceId, writeKey, adminApiKey } = await created({
      name: "Keys",
    });
    expect(writeKey).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    expect(Buffer.from(writeKey.slice(6), "base64").toString()).toMatch(
      /^[0-9a-f-]{36}:[0-9a-f]{16}$/,
    );
    expect(adminApiKey).toMatch(/^[0-9a-f]{64}$/);

    const write = await validateWriteKey({ authorization: writeKey });
    expect(write.isOk() && write.value.workspace.id).toBe(workspaceId);
    const admin = await validateAdminApiKey({
      authorization: `Bearer ${adminApiKey}`,
      selector: { by: "id", workspaceId },
    });
    expect(admin.isOk() && admin.value.workspace.id).toBe(workspaceId);
  });

  it("begins with the resources that Dittofeed's clients expect, all valid", async () => {
    const { workspaceId } = await created({ name: "Defaults" });

    const properties = await rows("UserProperty", workspaceId);
    expect(properties.map(({ name }) => name).sort()).toEqual(
      [
        "id",
        "anonymousId",
        "email",
        "phone",
        "deviceToken",
        "firstName",
        "lastName",
        "language",
        "accountManager",
        "latLon",
        "timezone",
      ].sort(),
    );
    properties.forEach(({ definition, exampleValue }) => {
      expect(Value.Check(UserPropertyDefinition, definition)).toBe(true);
      expect(typeof JSON.parse(String(exampleValue))).toBe("string");
    });

    const templates = await rows("MessageTemplate", workspaceId);
    expect(templates.map(({ name }) => name)).toEqual(["Welcome Email"]);
    expect(
      Value.Check(MessageTemplateDefinition, templates[0]?.definition),
    ).toBe(true);

    const groups = await rows("SubscriptionGroup", workspaceId);
    expect(
      groups.map(({ name, type, channel }) => [name, type, channel]).sort(),
    ).toEqual([
      ["Defaults - Email", "OptOut", "Email"],
      ["Defaults - SMS", "OptOut", "Sms"],
    ]);
    const segments = await rows("Segment", workspaceId);
    expect(segments.map(({ name }) => name).sort()).toEqual(
      groups
        .flatMap(({ id }) => [
          `subscriptionGroup-${String(id)}`,
          `subscriptionGroup-unsubscribed-${String(id)}`,
        ])
        .sort(),
    );
    segments.forEach(({ definition, resourceType }) => {
      expect(Value.Check(SegmentDefinition, definition)).toBe(true);
      expect(resourceType).toBe("Internal");
    });

    expect(
      (await rows("Secret", workspaceId)).map(({ name }) => name).sort(),
    ).toEqual([
      "EmailTestProvider",
      "SmsTestProvider",
      "default-write-key",
      "df-admin-api-key-default-admin-api-key",
      "subscription-key",
    ]);
    const [emailProvider] = await rows("EmailProvider", workspaceId);
    const [emailDefault] = await rows("DefaultEmailProvider", workspaceId);
    expect(emailProvider?.type).toBe("Test");
    expect(emailDefault?.emailProviderId).toBe(emailProvider?.id);
    const [smsProvider] = await rows("SmsProvider", workspaceId);
    const [smsDefault] = await rows("DefaultSmsProvider", workspaceId);
    expect(smsProvider?.type).toBe("Test");
    expect(smsDefault?.smsProviderId).toBe(smsProvider?.id);
  });

  it("keeps what it has when its defaults are made again", async () => {
    const { workspaceId, writeKey } = await created({ name: "Again" });
    await env.owner.query(
      `UPDATE public."UserProperty" SET "exampleValue" = '"mine"' WHERE "workspaceId" = $1 AND "name" = 'email'`,
      [workspaceId],
    );
    const tables = [
      "UserProperty",
      "Secret",
      "WriteKey",
      "EmailProvider",
      "DefaultEmailProvider",
      "SmsProvider",
      "DefaultSmsProvider",
      "MessageTemplate",
      "SubscriptionGroup",
      "Segment",
    ];
    const snapshot = () =>
      Promise.all(tables.map((table) => rows(table, workspaceId)));
    const before = await snapshot();

    const again = await inTransaction(
      (tx) => ensureDefaults(tx, { workspaceId, workspaceName: "Again" }),
      { database: systemDb() },
    );

    expect(await snapshot()).toEqual(before);
    assert(again.isOk());
    expect(Buffer.from(writeKey.slice(6), "base64").toString()).toBe(
      `${again.value.secretId}:${again.value.value}`,
    );
  });

  it("has names that fit when its own is as long as allowed", async () => {
    const { workspaceId } = await created({ name: "𝒜".repeat(127) });
    const groups = await rows("SubscriptionGroup", workspaceId);
    expect(groups).toHaveLength(2);
    groups.forEach(({ name }) => {
      expect(String(name).length).toBeLessThanOrEqual(255);
      expect(String(name)).toMatch(/^𝒜+ - (Email|SMS)$/u);
    });
  });
});

describe("names and parents", () => {
  it("refuses a taken name and leaves nothing behind", async () => {
    await created({ name: "Taken" });
    const before = await workspaceCount();
    const result = await createWorkspace({ name: "Taken" });
    expect(result.isErr() && result.error).toEqual({
      type: "UniqueConstraintViolation",
      message: "A workspace with the name Taken exists already.",
    });
    expect(await workspaceCount()).toBe(before);
  });

  it("lets one of two simultaneous creations of the same name succeed", async () => {
    const results = await Promise.all([
      createWorkspace({ name: "Twins" }),
      createWorkspace({ name: "Twins" }),
    ]);
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
  });

  it.each([
    ["an empty name", { name: "" }, "The name"],
    ["a name of spaces", { name: "   " }, "The name"],
    ["a name that is too long", { name: "x".repeat(256) }, "255 characters"],
    ["a NUL in the name", { name: "a\u0000b" }, "cannot be stored"],
    ["a lone surrogate", { name: "a\ud800" }, "cannot be stored"],
    ["a tombstone's name", { name: "DfTombstoned-x" }, "DfTombstoned"],
    ["an empty external id", { name: "E", externalId: "" }, "The external id"],
    [
      "a Child without a parent",
      { name: "C", type: "Child" },
      "needs a parent",
    ],
    [
      "a parent's id that is no UUID",
      { name: "P", parentWorkspaceId: "'; DROP TABLE" },
      "UUID",
    ],
  ] as const)("refuses %s", async (_case, input, message) => {
    const before = await workspaceCount();
    const result = await createWorkspace(input);
    assert(result.isErr());
    expect(result.error.type).toBe("BadValues");
    expect(result.error.message).toContain(message);
    expect(await workspaceCount()).toBe(before);
  });

  it("makes children of an active parent, whose names and external ids are unique there", async () => {
    const parent = await created({ name: "Parent", type: "Parent" });
    const parentWorkspaceId = parent.workspaceId;
    const child = await created({
      name: "Child",
      parentWorkspaceId,
      externalId: "ext-1",
    });
    expect(await findWorkspace(child.workspaceId)).toMatchObject({
      type: "Child",
      parentWorkspaceId,
      externalId: "ext-1",
      status: "Active",
    });
    const sameExternalId = await createWorkspace({
      name: "Other",
      parentWorkspaceId,
      externalId: "ext-1",
    });
    expect(sameExternalId.isErr() && sameExternalId.error.message).toContain(
      "external id ext-1",
    );
    // The same name is free elsewhere.
    await created({ name: "Child" });

    const grandchild = await createWorkspace({
      name: "Grandchild",
      parentWorkspaceId: child.workspaceId,
    });
    expect(grandchild.isErr() && grandchild.error.type).toBe("BadValues");
    const asRoot = await createWorkspace({
      name: "No root",
      type: "Root",
      parentWorkspaceId,
    });
    expect(asRoot.isErr() && asRoot.error.type).toBe("BadValues");
  });

  it("finds no parent in a workspace that is paused or does not exist", async () => {
    const paused = await env.createWorkspace({
      type: "Parent",
      status: "Paused",
    });
    for (const parentWorkspaceId of [
      paused,
      "11111111-1111-4111-8111-111111111111",
    ]) {
      const result = await createWorkspace({
        name: "Orphan",
        parentWorkspaceId,
      });
      expect(result.isErr() && result.error.type).toBe("ParentNotFound");
    }
  });
});

describe("finding and listing", () => {
  it("lists every workspace, oldest first, and finds by id only", async () => {
    const { workspaceId } = await created({ name: "Listed" });
    await env.createWorkspace({ name: "Asleep", status: "Paused" });
    const listed = await listWorkspaces();
    expect(listed).toHaveLength(await workspaceCount());
    expect(listed.map(({ createdAt }) => createdAt)).toEqual(
      listed.map(({ createdAt }) => createdAt).sort((a, b) => a - b),
    );
    expect(listed.find(({ name }) => name === "Asleep")?.status).toBe("Paused");
    expect((await findWorkspace(workspaceId))?.name).toBe("Listed");
    expect(await findWorkspace("Listed")).toBeNull();
    expect(
      await findWorkspace("11111111-1111-4111-8111-111111111111"),
    ).toBeNull();
  });
});
