/**
 * The one way from the dashboard to the API: same origin, the workspace named in a header of every request, answers
 * checked with the schema that the API promises. Caching and retries are React Query's (`queryClient.ts`).
 */
import { type Static, type TSchema } from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";
import { WORKSPACE_ID_HEADER } from "isomorphic-lib/src/constants";

import { ApiFailure } from "./apiFailure";

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** A request below `/api`. `workspaceId` is null only where the server chooses the workspace. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api`, starting with a slash. */
  readonly path: string;
  readonly workspaceId: string | null;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

function addressOf({ path, query = {} }: ApiRequest): string {
  const search = new URLSearchParams();
  Object.entries(query).forEach(([name, value]) => {
    if (Array.isArray(value)) {
      value.forEach((item) => search.append(name, String(item)));
    } else if (value !== undefined) {
      search.append(name, String(value));
    }
  });
  const suffix = search.size === 0 ? "" : `?${search.toString()}`;
  return `/api${path}${suffix}`;
}

async function send(request: ApiRequest): Promise<Response> {
  const { method, workspaceId, body, signal } = request;
  const headers = new Headers({ accept: "application/json" });
  if (workspaceId !== null) {
    headers.set(WORKSPACE_ID_HEADER, workspaceId);
  }
  if (body !== undefined) {
    headers.set("content-type", "application/json");
  }
  Object.entries(request.headers ?? {}).forEach(([name, value]) =>
    headers.set(name, value),
  );
  try {
    return await fetch(addressOf(request), {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) {
      throw error; // React Query cancelled it and expects to see just that.
    }
    throw new ApiFailure("unreachable");
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

async function requireSuccess(response: Response): Promise<Response> {
  if (!response.ok) {
    throw ApiFailure.fromAnswer(response.status, await readJson(response));
  }
  return response;
}

/** Sends the request and returns its answer. Throws `ApiFailure` for a refusal, for no answer at all, and (kind
 *  `unexpected`) for an answer that does not fit the schema. */
export async function fetchFromApi<S extends TSchema>(
  request: ApiRequest,
  schema: S,
): Promise<Static<S>> {
  const response = await requireSuccess(await send(request));
  const answer = await readJson(response);
  if (!Check(schema, answer)) {
    throw new ApiFailure("unexpected", undefined, response.status);
  }
  return answer;
}

/** Sends a request whose answer has nothing to read. Throws `ApiFailure` like `fetchFromApi`. */
export async function sendToApi(request: ApiRequest): Promise<void> {
  await requireSuccess(await send(request));
}
