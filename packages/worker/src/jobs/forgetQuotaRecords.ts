// Forgets notes of usage and ended reservations that nobody asks for any more. Acts for no workspace.

import { logger } from "backend-lib/src/logger";
import { forgetQuotaRecords } from "backend-lib/src/multitenancy/resourceQuotas";
import { type Task } from "graphile-worker";

export const forgetQuotaRecordsTask: Task = async () => {
  const { samples, reservations } = await forgetQuotaRecords();
  if (samples > 0 || reservations > 0) {
    logger().info({ samples, reservations }, "forgot old records of quotas");
  }
};
