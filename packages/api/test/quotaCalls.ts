// What tests of quotas do over HTTP: set limits, read usage, and say what a refusal looks like. Owns no assertions of a route.

import {
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import {
  type GetQuotaUsageResponse,
  type QuotaUsage,
} from "isomorphic-lib/src/types";

import { resourceCalls } from "./resourceCalls";
import { type Api, type ApiWorkspace } from "./useApi";

export const EXCEEDED =
  "https://iana.org/assignments/http-problem-types#quota-exceeded";
export const ABOVE_WHOLE = "/problems/request-above-whole-quota";

export function quotaCalls(api: Api) {
  const call = resourceCalls(api, "/quotas");
  const orThrow = (reply: Awaited<ReturnType<typeof call>>) => {
    if (reply.statusCode !== 200) {
      throw new Error(`${reply.statusCode} ${reply.body}`);
    }
    return reply;
  };
  return {
    /** Sets limits, as the workspace's admin key does. */
    async set(workspace: ApiWorkspace, limits: object): Promise<void> {
      orThrow(await call(workspace, "PUT", "", limits));
    },
    async limit(
      workspace: ApiWorkspace,
      resource: QuotaResource,
      amount: number | null,
    ): Promise<void> {
      const { field } = QUOTA_RESOURCES[resource];
      orThrow(await call(workspace, "PUT", "", { [field]: amount }));
    },
    async usage(
      workspace: ApiWorkspace,
      resource: QuotaResource,
    ): Promise<QuotaUsage> {
      const reply = orThrow(await call(workspace, "GET", "/usage"));
      const found = reply
        .json<GetQuotaUsageResponse>()
        .usage.find(({ resourceType }) => resourceType === resource);
      if (found === undefined) {
        throw new Error(`no usage of ${resource}`);
      }
      return found;
    },
    /** Whether every counter says what is there, as the operator's recount finds. */
    async drift(workspace: ApiWorkspace): Promise<string[]> {
      const { rows } = await api.env.owner.query<{
        resource: string;
        recorded: string;
        counted: string;
      }>(
        `SELECT d."resourceType" AS resource, r.recorded, r.counted FROM "QuotaDefault" AS d
          CROSS JOIN LATERAL tenancy.quota_reconcile($1, d."resourceType") AS r
          WHERE r.recorded <> r.counted`,
        [workspace.workspaceId],
      );
      return rows.map(
        ({ resource, recorded, counted }) =>
          `${resource}: ${recorded}, counted ${counted}`,
      );
    },
  };
}
