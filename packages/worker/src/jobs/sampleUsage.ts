// Notes how much every workspace uses, where that has changed: what later is held against other limits. Acts for no workspace.

import { logger } from "backend-lib/src/logger";
import { sampleUsage } from "backend-lib/src/multitenancy/resourceQuotas";
import { type Task } from "graphile-worker";

export const sampleUsageTask: Task = async () => {
  const noted = await sampleUsage();
  logger().debug({ noted }, "noted the usage of workspaces");
};
