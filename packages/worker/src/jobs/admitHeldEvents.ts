// Events that wait for room: a workspace's turn to have them stored, and the host's looks for workspaces whose turn it is, and
// for events that waited for too long.

import { Type } from "@sinclair/typebox";
import {
  askWhereThereIsRoom,
  dropAgedEvents,
} from "backend-lib/src/heldEvents";
import { logger } from "backend-lib/src/logger";
import { admitHeldEvents } from "backend-lib/src/userEvents";
import { type Task } from "graphile-worker";

import { tenantTask } from "../tenantTask";

/** Stores of one workspace's held events those that there is room for. */
export const admitHeldEventsTask = tenantTask(
  Type.Object({}),
  async ({ workspaceId }) => {
    const admitted = await admitHeldEvents({ workspaceId });
    if (admitted > 0) {
      logger().info({ workspaceId, admitted }, "admitted held events");
    }
  },
);

/** Asks for the above wherever there is room for what waits. */
export const askToAdmitHeldEventsTask: Task = async () => {
  const asked = await askWhereThereIsRoom();
  if (asked > 0) {
    logger().info({ asked }, "asked workspaces with room to admit held events");
  }
};

/** Drops held events that are too old, of every workspace. */
export const dropAgedEventsTask: Task = async () => {
  const dropped = await dropAgedEvents();
  if (dropped > 0) {
    logger().warn({ dropped }, "dropped events that had waited for too long");
  }
};
