import { describe, expect, test } from "vitest";

import { findWorkspaceId } from "./workspace";

const A = "0b6f4a0e-6a5a-4a53-8a0f-1f3c4c5d6e7f";
const B = "9d1c2b3a-1111-4222-8333-444455556666";
const none = { body: undefined, query: {}, headers: {} };

describe("the workspace a request names", () => {
  test.each([
    ["body", { ...none, body: { workspaceId: A } }],
    ["query", { ...none, query: { workspaceId: A } }],
    ["alias in the query", { ...none, query: { "workspace-id": A } }],
    ["header", { ...none, headers: { "df-workspace-id": A } }],
    ["alias as a header", { ...none, headers: { "workspace-id": A } }],
    [
      "all of them, in either case",
      {
        body: { workspaceId: A.toUpperCase() },
        query: { workspaceId: A, "workspace-id": A },
        headers: { "df-workspace-id": A, "workspace-id": A.toUpperCase() },
      },
    ],
  ])("is found in the %s", (_, sources) => {
    expect(findWorkspaceId(sources)._unsafeUnwrap()).toBe(A);
  });

  test("is null when none is named", () => {
    expect(findWorkspaceId(none)._unsafeUnwrap()).toBeNull();
    expect(
      findWorkspaceId({ ...none, body: [A], query: null })._unsafeUnwrap(),
    ).toBeNull();
  });

  test("is refused with every place named when places disagree", () => {
    const found = findWorkspaceId({
      body: { workspaceId: A },
      query: { workspaceId: A },
      headers: { "workspace-id": B },
    });
    expect(found._unsafeUnwrapErr().map(({ field }) => field)).toEqual([
      "body/workspaceId",
      "querystring/workspaceId",
      "headers/workspace-id",
    ]);
  });

  test.each([
    ["no UUID", { ...none, query: { workspaceId: "x" } }],
    ["empty", { ...none, query: { workspaceId: "" } }],
    ["null", { ...none, body: { workspaceId: null } }],
    ["a list", { ...none, query: { workspaceId: [A, A] } }],
    [
      "two headers in one",
      { ...none, headers: { "workspace-id": `${A}, ${B}` } },
    ],
    ["with a NUL", { ...none, body: { workspaceId: `${A}\0` } }],
  ])("is refused when it is %s", (_, sources) => {
    const [error] = findWorkspaceId(sources)._unsafeUnwrapErr();
    expect(error?.message).toBe("expected a UUID");
    expect(JSON.stringify(error)).not.toContain(A);
  });

  test("is not taken from a prototype", () => {
    const body: unknown = Object.create({ workspaceId: A });
    expect(findWorkspaceId({ ...none, body })._unsafeUnwrap()).toBeNull();
  });
});
