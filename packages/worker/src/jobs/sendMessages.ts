// Hands a workspace's messages to its providers: those that are due, for a short while, and again as long as there are more.

import { Type } from "@sinclair/typebox";
import { deliverMessages } from "backend-lib/src/messages";

import { tenantTask } from "../tenantTask";

export const sendMessagesTask = tenantTask(
  Type.Object({}),
  async ({ workspaceId }) => deliverMessages({ workspaceId }),
);
