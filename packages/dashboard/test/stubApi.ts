// Answers for component tests, in place of the network: each test says what the API would answer, and may look at what was
// asked. The API itself is met by browser.test.ts.

import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { vi } from "vitest";

export interface StubbedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Parsed; null without a body. */
  readonly body: unknown;
}

export interface StubbedAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

type Handler = (
  request: StubbedRequest,
) => StubbedAnswer | Promise<StubbedAnswer>;

export const WORKSPACE_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0f01";
export const OTHER_WORKSPACE_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0f02";

/** The session of an Admin with two workspaces, unless told otherwise. */
export function session(
  overrides: Partial<GetSessionResponse> = {},
): GetSessionResponse {
  return {
    authMode: "multi-tenant",
    version: "1.2.3",
    workspace: {
      id: WORKSPACE_ID,
      name: "Acme",
      type: "Root",
      status: "Active",
    },
    member: { id: "member-1", email: "ada@example.com", name: "Ada" },
    role: "Admin",
    workspaces: [
      { id: WORKSPACE_ID, name: "Acme", role: "Admin" },
      { id: OTHER_WORKSPACE_ID, name: "Northwind", role: "Viewer" },
    ],
    ...overrides,
  };
}

/** Answers requests by "METHOD /path" below /api; the rest gets 404. Returns the list of what was asked, which grows. */
export function stubApi(
  handlers: Readonly<Record<string, Handler>>,
): StubbedRequest[] {
  const requests: StubbedRequest[] = [];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit = {}) => {
    const address = new URL(input, "http://dashboard.test");
    const { method = "GET", body } = init;
    const request: StubbedRequest = {
      method,
      path: address.pathname.replace(/^\/api/, ""),
      query: address.searchParams,
      headers: new Headers(init.headers),
      body: typeof body === "string" ? JSON.parse(body) : null,
    };
    requests.push(request);
    const handler = handlers[`${method} ${request.path}`];
    const answer = (await handler?.(request)) ?? { status: 404 };
    return new Response(
      answer.body === undefined ? null : JSON.stringify(answer.body),
      { status: answer.status ?? 200 },
    );
  });
  return requests;
}
