import { Type } from "@sinclair/typebox";
import { describe, expect, it, vi } from "vitest";

import { stubApi, WORKSPACE_ID } from "../../test/stubApi";
import { type ApiRequest, fetchFromApi, sendToApi } from "./apiClient";

const Named = Type.Object({ name: Type.String() });

const GET_NAME: ApiRequest = {
  method: "GET",
  path: "/name",
  workspaceId: WORKSPACE_ID,
};

describe("a request to the API", () => {
  it("names the workspace in its header, whatever else it says", async () => {
    const requests = stubApi({ "GET /name": () => ({ body: { name: "x" } }) });
    await fetchFromApi({ ...GET_NAME, query: { a: 1, b: undefined } }, Named);
    expect(requests[0]?.headers.get("df-workspace-id")).toBe(WORKSPACE_ID);
    expect(requests[0]?.query.toString()).toBe("a=1");
  });

  it("names none where the server chooses", async () => {
    const requests = stubApi({ "GET /name": () => ({ body: { name: "x" } }) });
    await fetchFromApi({ ...GET_NAME, workspaceId: null }, Named);
    expect(requests[0]?.headers.has("df-workspace-id")).toBe(false);
  });

  it("sends a list in the query as one parameter for each item", async () => {
    const requests = stubApi({ "GET /name": () => ({ body: { name: "x" } }) });
    await fetchFromApi({ ...GET_NAME, query: { ids: ["1", "2"] } }, Named);
    expect(requests[0]?.query.getAll("ids")).toEqual(["1", "2"]);
  });

  it("sends a body as JSON", async () => {
    const requests = stubApi({ "POST /name": () => ({ status: 204 }) });
    await sendToApi({ ...GET_NAME, method: "POST", body: { name: "x" } });
    expect(requests[0]?.body).toEqual({ name: "x" });
    expect(requests[0]?.headers.get("content-type")).toBe("application/json");
  });
});

describe("an answer of the API", () => {
  it("is refused when it does not fit the schema", async () => {
    stubApi({ "GET /name": () => ({ body: { name: 5 } }) });
    await expect(fetchFromApi(GET_NAME, Named)).rejects.toMatchObject({
      kind: "unexpected",
    });
  });

  it("tells which fields were bad, without the word body before them", async () => {
    stubApi({
      "GET /name": () => ({
        status: 400,
        body: {
          statusCode: 400,
          message: "body/definition/nodes: required",
          errors: [{ field: "body/definition/nodes", message: "required" }],
        },
      }),
    });
    await expect(fetchFromApi(GET_NAME, Named)).rejects.toMatchObject({
      kind: "invalid",
      status: 400,
      message: "body/definition/nodes: required",
      errors: [{ field: "definition/nodes", message: "required" }],
    });
  });

  it("quotes every violation of a journey's rules", async () => {
    stubApi({
      "GET /name": () => ({
        status: 400,
        body: {
          type: "ConstraintViolation",
          message: "no",
          violations: [{ message: "First." }, { message: "Second." }],
        },
      }),
    });
    await expect(fetchFromApi(GET_NAME, Named)).rejects.toMatchObject({
      message: "First. Second.",
    });
  });

  it.each([
    [401, "unauthenticated"],
    [403, "forbidden"],
    [404, "notFound"],
    [409, "conflict"],
    [413, "invalid"],
    [429, "limited"],
    [500, "server"],
    [503, "server"],
  ])("with the status %i is a failure of the kind %s", async (status, kind) => {
    stubApi({ "GET /name": () => ({ status }) });
    const failure = fetchFromApi(GET_NAME, Named);
    await expect(failure).rejects.toMatchObject({ kind, status });
    await expect(failure).rejects.toHaveProperty(
      "message",
      expect.stringMatching(/\.$/),
    );
  });

  it("does not show the text of a bug in the server", async () => {
    stubApi({
      "GET /name": () => ({
        status: 500,
        body: { message: 'relation "Segment" does not exist' },
      }),
    });
    await expect(fetchFromApi(GET_NAME, Named)).rejects.not.toHaveProperty(
      "message",
      expect.stringContaining("relation"),
    );
  });

  it("that never comes is a failure of its own kind", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    await expect(sendToApi(GET_NAME)).rejects.toMatchObject({
      kind: "unreachable",
      status: null,
      isTransient: true,
    });
  });

  it("to a request that was called off is no failure of the API's", async () => {
    const controller = new AbortController();
    controller.abort();
    const aborted = new DOMException("aborted", "AbortError");
    vi.stubGlobal("fetch", async () => {
      throw aborted;
    });
    await expect(
      sendToApi({ ...GET_NAME, signal: controller.signal }),
    ).rejects.toBe(aborted);
  });
});
