// Message templates against a real Postgres: the rules of upserts, identifiers, drafts, and races.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { type ChannelType } from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { emailTemplate, smsTemplate } from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import {
  createMessageTemplate,
  deleteMessageTemplate,
  getMessageTemplates,
  upsertMessageTemplate,
} from "../messageTemplates";
import { upsertUserProperty } from "../userProperties";

const env = useTenantEnv();
let mine: string;
let theirs: string;

beforeEach(async () => {
  [mine, theirs] = await Promise.all([
    env.createWorkspace(),
    env.createWorkspace(),
  ]);
});

type Upsert = Omit<Parameters<typeof upsertMessageTemplate>[0], "workspaceId">;

const put = (input: Upsert, workspaceId = mine) =>
  env.as(workspaceId, () => upsertMessageTemplate({ ...input, workspaceId }));
const list = (workspaceId = mine) =>
  env.as(workspaceId, () => getMessageTemplates({ workspaceId }));
const remove = (id: string, type: ChannelType, workspaceId = mine) =>
  env.as(workspaceId, () => deleteMessageTemplate({ workspaceId, id, type }));

describe("upsert", () => {
  test("takes the type from the definition, or from the draft without one", async () => {
    const drafted = unwrap(await put({ name: "T", draft: smsTemplate() }));
    expect(drafted).toMatchObject({ type: "Sms", draft: smsTemplate() });
    expect(drafted).not.toHaveProperty("definition");
    const defined = unwrap(
      await put({ name: "T", definition: emailTemplate() }),
    );
    expect(defined).toMatchObject({
      id: drafted.id,
      type: "Email",
      definition: emailTemplate(),
      draft: smsTemplate(),
    });
    expect(await list()).toEqual([defined]);
  });

  test("draft null clears the draft, unless nothing would be left", async () => {
    unwrap(
      await put({
        name: "T",
        definition: emailTemplate(),
        draft: emailTemplate("new"),
      }),
    );
    const cleared = unwrap(await put({ name: "T", draft: null }));
    expect(cleared).not.toHaveProperty("draft");
    unwrap(await put({ name: "Only a draft", draft: emailTemplate() }));
    const emptied = await put({ name: "Only a draft", draft: null });
    expect(emptied._unsafeUnwrapErr().type).toBe("BadValues");
    expect((await list()).map(({ draft }) => draft)).toEqual([
      undefined,
      emailTemplate(),
    ]);
  });

  test("a new template without content is refused", async () => {
    for (const input of [{ name: "T" }, { name: "T", draft: null }]) {
      const error = (await put(input))._unsafeUnwrapErr();
      expect(error.type).toBe("BadValues");
      expect(error.message).toContain("definition");
    }
    expect(await list()).toEqual([]);
  });

  test("a webhook's body has to be JSON", async () => {
    const result = await put({
      name: "T",
      draft: { type: "Webhook", identifierKey: "id", body: "{" },
    });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "draft/body" }],
    });
  });

  test("another template's name is a unique violation; another workspace's id is one too", async () => {
    const definition = emailTemplate();
    unwrap(await put({ name: "A", definition }));
    const { id } = unwrap(await put({ name: "B", definition }));
    const foreign = unwrap(await put({ name: "Theirs", definition }, theirs));
    for (const input of [
      { id, name: "A" },
      { id: foreign.id, name: "stolen", definition },
    ]) {
      const result = await put(input);
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
    expect(await list(theirs)).toEqual([foreign]);
    const created = await env.as(mine, () =>
      createMessageTemplate({ workspaceId: mine, name: "A", definition }),
    );
    expect(created._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
  });

  test("many puts of one new name make one template, and all succeed", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        put({ name: "Hot", definition: emailTemplate(String(index)) }),
      ),
    );
    expect(new Set(results.map((result) => unwrap(result).id)).size).toBe(1);
    expect(await list()).toHaveLength(1);
  });
});

describe("an identifier key", () => {
  const addProperty = (name: string, workspaceId: string) =>
    env.as(workspaceId, async () =>
      unwrap(
        await upsertUserProperty({
          workspaceId,
          name,
          definition: { type: "Trait", path: name },
        }),
      ),
    );

  test("has to name a user property of the workspace, in definition and draft", async () => {
    await addProperty("workEmail", mine);
    await addProperty("theirEmail", theirs);
    unwrap(
      await put({ name: "T", definition: emailTemplate("x", "workEmail") }),
    );
    for (const input of [
      { definition: emailTemplate("x", "theirEmail") },
      { definition: smsTemplate("theirEmail") },
      { draft: smsTemplate("theirEmail") },
    ]) {
      const result = await put({ name: "T", ...input });
      expect(result._unsafeUnwrapErr()).toMatchObject({
        type: "InvalidIdentifierKey",
        identifierKey: "theirEmail",
      });
    }
    expect(await list()).toMatchObject([
      { definition: emailTemplate("x", "workEmail") },
    ]);
  });

  test("may be empty, and of a webhook anything", async () => {
    unwrap(await put({ name: "Empty", definition: smsTemplate("") }));
    unwrap(
      await put({
        name: "Hook",
        definition: {
          type: "Webhook",
          identifierKey: "anything",
          body: '{"config": {}}',
        },
      }),
    );
    expect(await list()).toHaveLength(2);
  });
});

describe("list and delete", () => {
  test("narrows by ids and resource type", async () => {
    const definition = emailTemplate();
    const open = unwrap(await put({ name: "Open", definition }));
    const inner = unwrap(
      await put({ name: "Inner", definition, resourceType: "Internal" }),
    );
    const foreign = unwrap(await put({ name: "Open", definition }, theirs));
    const narrowed = (rest: object) =>
      env.as(mine, async () =>
        (await getMessageTemplates({ workspaceId: mine, ...rest })).map(
          ({ id }) => id,
        ),
      );
    expect(await narrowed({ resourceType: "Internal" })).toEqual([inner.id]);
    expect(await narrowed({ ids: [open.id, foreign.id] })).toEqual([open.id]);
  });

  test("deletes once, of its own channel only, and never another workspace's", async () => {
    const made = unwrap(await put({ name: "T", draft: smsTemplate() }));
    const foreign = unwrap(
      await put({ name: "T", definition: emailTemplate() }, theirs),
    );
    expect((await remove(made.id, "Email")).isErr()).toBe(true);
    expect((await remove(foreign.id, "Email")).isErr()).toBe(true);
    expect((await remove(randomUUID(), "Sms")).isErr()).toBe(true);
    expect((await remove(made.id, "Sms")).isOk()).toBe(true);
    expect((await remove(made.id, "Sms")).isErr()).toBe(true);
    expect(await list(theirs)).toEqual([foreign]);
  });

  test("a stored definition that is none is left out", async () => {
    const made = unwrap(await put({ name: "T", definition: emailTemplate() }));
    await env.owner.query(
      `UPDATE "MessageTemplate" SET "definition" = '{"type": "Fax"}' WHERE "id" = $1`,
      [made.id],
    );
    expect(await list()).toEqual([]);
  });
});
