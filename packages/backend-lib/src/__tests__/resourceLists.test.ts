// What every plain list of a resource promises: one statement, so one round trip (db.test.ts counts those on the wire), and
// none while the cache has it.

import { afterEach, beforeEach, expect, test } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { getJourneys } from "../journeys";
import { getMessageTemplates } from "../messageTemplates";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { getSegments } from "../segments";
import { getSubscriptionGroups } from "../subscriptionGroups";
import { getUserProperties } from "../userProperties";
import { getUserPropertyIndices } from "../userPropertyIndices";

const env = useTenantEnv();
let statements = 0;
/** Not the host's own, such as the cache's first look. */
const count = ({ workspaceId }: { workspaceId: string | null }) => {
  statements += workspaceId === null ? 0 : 1;
};

beforeEach(() => {
  statements = 0;
  tenantEvents.on("query", count);
});
afterEach(() => {
  tenantEvents.off("query", count);
});

type List = (input: { workspaceId: string }) => Promise<readonly unknown[]>;

test.each<[string, List]>([
  ["segments", getSegments],
  ["journeys", getJourneys],
  ["templates", getMessageTemplates],
  ["user properties", getUserProperties],
  ["indices of user properties", getUserPropertyIndices],
  ["subscription groups", getSubscriptionGroups],
])("a list of %s is one statement", async (_, list) => {
  const workspaceId = await env.createWorkspace();
  expect(await env.as(workspaceId, () => list({ workspaceId }))).toEqual([]);
  expect(statements).toBe(1);
  expect(await env.as(workspaceId, () => list({ workspaceId }))).toEqual([]);
  expect(statements).toBe(1);
});
