// The routes of /content/templates: what each answers, and that nothing of another workspace is within their reach.

import { emailTemplate, smsTemplate } from "backend-lib/test/definitions";
import {
  type GetMessageTemplatesResponse,
  type MessageTemplateResource,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/content/templates");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

async function put(
  body: object,
  workspace = mine,
): Promise<MessageTemplateResource> {
  const reply = await call(workspace, "PUT", "", body);
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function list(
  workspace = mine,
  query: object = {},
): Promise<MessageTemplateResource[]> {
  const reply = await call(workspace, "GET", "", query);
  expect(reply.statusCode).toBe(200);
  return reply.json<GetMessageTemplatesResponse>().templates;
}

describe("PUT", () => {
  test("200 for a new template, with its channel", async () => {
    const made = await put({ name: "Hi", definition: emailTemplate() });
    expect(made).toEqual({
      id: made.id,
      workspaceId: mine.workspaceId,
      name: "Hi",
      type: "Email",
      definition: emailTemplate(),
      createdAt: made.createdAt,
      updatedAt: made.updatedAt,
    });
    expect(await list()).toEqual([made]);
  });

  test("200 for an e-mail of the editor, kept as it was drawn", async () => {
    const definition = {
      type: "Email",
      emailContentsType: "LowCode",
      from: "a@example.com",
      subject: "s",
      body: {
        type: "doc",
        content: [
          {
            type: "text",
            text: "Hi",
            marks: [{ type: "bold" }],
            attrs: { a: 1 },
          },
        ],
      },
    };
    expect((await put({ name: "Drawn", definition })).definition).toEqual(
      definition,
    );
  });

  test.each<[string, object, string]>([
    ["no name", { definition: emailTemplate() }, "name"],
    ["no channel", { name: "x", definition: { body: "" } }, "definition/type"],
    [
      "an e-mail without a subject",
      { name: "x", definition: { type: "Email", from: "", body: "" } },
      "definition/subject",
    ],
    ["a draft that is a number", { name: "x", draft: 7 }, "draft"],
  ])("400 for %s names the field", async (_, body, field) => {
    const reply = await call(mine, "PUT", "", body);
    expect(reply.statusCode).toBe(400);
    const { errors } = reply.json<{ errors: { field: string }[] }>();
    expect(errors.map((error) => error.field)).toContain(field);
    expect(await list()).toEqual([]);
  });

  test("400 without any content, for an identifier that is none, and for a taken name", async () => {
    await put({ name: "A", definition: emailTemplate() });
    const { id } = await put({ name: "B", definition: emailTemplate() });
    const replies = [
      await call(mine, "PUT", "", { name: "empty" }),
      await call(mine, "PUT", "", {
        name: "C",
        definition: smsTemplate("pager"),
      }),
      await call(mine, "PUT", "", { id, name: "A" }),
    ];
    expect(
      replies.map((reply) => [
        reply.statusCode,
        reply.json<{ type: string }>().type,
      ]),
    ).toEqual([
      [400, "BadValues"],
      [400, "InvalidIdentifierKey"],
      [400, "UniqueConstraintViolation"],
    ]);
  });

  test("400 for another workspace's id, which stays as it is", async () => {
    const foreign = await put(
      { name: "T", definition: emailTemplate() },
      theirs,
    );
    const reply = await call(mine, "PUT", "", {
      id: foreign.id,
      name: "stolen",
      definition: emailTemplate("stolen"),
    });
    expect(reply.statusCode).toBe(400);
    expect(await list()).toEqual([]);
    expect(await list(theirs)).toEqual([foreign]);
  });
});

describe("POST", () => {
  test("201 for a new template, 409 when its name is taken, 400 without content", async () => {
    const body = { name: "T", definition: emailTemplate() };
    expect((await call(mine, "POST", "", body)).statusCode).toBe(201);
    expect((await call(mine, "POST", "", body)).statusCode).toBe(409);
    expect((await call(mine, "POST", "", { name: "U" })).statusCode).toBe(400);
    expect(await list()).toHaveLength(1);
  });
});

describe("DELETE", () => {
  test.each(["", "/v2"])(
    "%s: 204 once, then 404; 404 for another channel and another workspace; 400 without the channel",
    async (path) => {
      const body = { name: "T", definition: emailTemplate() };
      const { id } = await put(body);
      const foreign = await put(body, theirs);
      const remove = async (payload: object) =>
        (await call(mine, "DELETE", path, payload)).statusCode;
      expect(await remove({ id })).toBe(400);
      expect(await remove({ id, type: "Sms" })).toBe(404);
      expect(await remove({ id, type: "Email" })).toBe(204);
      expect(await remove({ id, type: "Email" })).toBe(404);
      expect(await remove({ id: foreign.id, type: "Email" })).toBe(404);
      expect(await list(theirs)).toHaveLength(1);
    },
  );
});
