import { expect, test } from "vitest";

import { MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

test("in multi-tenant mode an admin request has to name its workspace", async () => {
  const { headers, workspaceId } = await api.workspace();
  const { authorization } = { authorization: headers.authorization ?? "" };
  const get = (query: string) =>
    api.inject({
      url: `/api/admin/settings/write-keys${query}`,
      headers: { authorization },
    });
  expect((await get("")).statusCode).toBe(401);
  expect((await get(`?workspaceId=${workspaceId}`)).statusCode).toBe(200);
});

test("an admin API key does not sign anybody in", async () => {
  const { headers } = await api.workspace();
  const response = await api.inject({ url: "/api/session", headers });
  expect(response.statusCode).toBe(401);
});
