// What a start does with DEFAULT_WORKSPACE_QUOTAS.

import { afterAll, beforeAll, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { closeDb } from "../../db";
import { applyDefaultQuotas, getQuotaFromAbove } from "../resourceQuotas";

const VARIABLE = "DEFAULT_WORKSPACE_QUOTAS";

beforeAll(() => {
  process.env[VARIABLE] = '{"maxSegments": 20, "maxUsers": null}';
});
afterAll(() => {
  Reflect.deleteProperty(process.env, VARIABLE);
});
const env = useTenantEnv();

it("writes what the variable says, and says nothing against a second start", async () => {
  const workspaceId = await env.createWorkspace();
  await Promise.all([applyDefaultQuotas(), applyDefaultQuotas()]);
  const read = await getQuotaFromAbove(workspaceId);
  expect(read.isOk() && read.value.quota).toMatchObject({
    maxSegments: 20,
    maxUsers: null,
    maxJourneys: 1000,
    source: { maxSegments: "default", maxUsers: "default" },
  });
});

it("keeps nothing from starting that could not be written", async () => {
  await env.owner.query(
    `REVOKE INSERT ON public."QuotaDefault" FROM dittofeed_system`,
  );
  await expect(applyDefaultQuotas()).resolves.toBeUndefined();
  await closeDb();
});
