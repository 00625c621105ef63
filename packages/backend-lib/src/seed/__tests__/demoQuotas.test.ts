import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
} from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import {
  getQuotaFromAbove,
  getQuotaHistory,
  reconcileWorkspaceQuota,
  validateWorkspaceQuota,
  writeQuotaDefaults,
} from "../../multitenancy/resourceQuotas";
import { bluebirdFitness } from "../bluebirdFitness";
import { demoWorkspaceId, seedDemo } from "../demo";

const env = useTenantEnv();

it("is made whole under the lowest default quotas, which hold from then on", async () => {
  await writeQuotaDefaults(
    Object.fromEntries(
      QUOTA_RESOURCE_NAMES.map((name) => [
        QUOTA_RESOURCES[name].field,
        QUOTA_RESOURCES[name].minimum,
      ]),
    ),
  );
  const lines: string[] = [];
  const workspaces = [bluebirdFitness];
  await seedDemo({ log: (line) => lines.push(line), workspaces });
  expect(lines).toHaveLength(1);

  const workspaceId = demoWorkspaceId(bluebirdFitness.name);
  const { quota, usage } = unwrap(await getQuotaFromAbove(workspaceId));
  expect(quota).toMatchObject({ limits: {}, maxUsers: 0, maxSegments: 1 });
  const used = new Map(usage.map((each) => [each.resourceType, each.used]));
  expect(used.get("users")).toBeGreaterThan(1);
  expect(used.get("segments")).toBeGreaterThan(1);
  await env.as(workspaceId, async () => {
    const history = unwrap(await getQuotaHistory({ workspaceId }));
    expect(history.changes).toEqual([]);
    expect(
      (await validateWorkspaceQuota(workspaceId, "segments")).isErr(),
    ).toBe(true);
  });
  const counters = unwrap(await reconcileWorkspaceQuota(workspaceId));
  expect(
    counters.filter(({ recorded, counted }) => recorded !== counted),
  ).toEqual([]);
});
