// What time does to quotas: reservations run out, thresholds are left behind, months end. Acts for no workspace.

import { logger } from "backend-lib/src/logger";
import { keepUpQuotas } from "backend-lib/src/multitenancy/resourceQuotas";
import { type Task } from "graphile-worker";

export const quotaUpkeepTask: Task = async () => {
  const { expired, resolved } = await keepUpQuotas();
  if (expired > 0 || resolved > 0) {
    logger().info({ expired, resolved }, "kept up the quotas");
  }
};
