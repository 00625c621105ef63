// Forgets workspaces' jobs that ended long ago. Acts for no workspace.

import { logger } from "backend-lib/src/logger";
import { forgetTenantJobs } from "backend-lib/src/tenantJobs";
import { type Task } from "graphile-worker";

export const forgetTenantJobsTask: Task = async () => {
  const forgotten = await forgetTenantJobs();
  if (forgotten > 0) {
    logger().info({ forgotten }, "forgot jobs that ended long ago");
  }
};
