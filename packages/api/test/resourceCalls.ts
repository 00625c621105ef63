// How tests of one resource's routes call them: as a server with an admin key, in a workspace of their own. Owns no assertions.

import { type LightMyRequestResponse } from "fastify";

import { type Api, type ApiWorkspace } from "./useApi";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

/** A caller of the routes below `/api/admin<prefix>`; a payload goes into the body, but of a GET or a DELETE `/v2` into the query. */
export function resourceCalls(api: Api, prefix: string) {
  return async (
    workspace: ApiWorkspace,
    method: Method,
    path: string,
    payload: object = {},
  ): Promise<LightMyRequestResponse> => {
    const { workspaceId, headers } = workspace;
    const isQuery =
      method === "GET" || (method === "DELETE" && path.endsWith("/v2"));
    const fields = { ...payload, workspaceId };
    const query = new URLSearchParams(isQuery ? fields : {});
    return api.inject({
      method,
      url: `/api/admin${prefix}${path}?${query.toString()}`,
      headers,
      ...(isQuery ? {} : { payload: fields }),
    });
  };
}
