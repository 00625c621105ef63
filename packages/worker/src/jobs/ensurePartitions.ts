// Keeps the monthly partitions of events ahead of the calendar. Acts for no workspace.

import { ensurePartitions } from "backend-lib/src/db/partitions";
import { logger } from "backend-lib/src/logger";
import { type Task } from "graphile-worker";

export const ensurePartitionsTask: Task = async () => {
  const made = await ensurePartitions();
  if (made > 0) {
    logger().info({ made }, "made partitions for the months ahead");
  }
};
