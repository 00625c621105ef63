// Takes one step of a broadcast: a few hundred users. The next step is a job of its own, so that workspaces take turns.

import { Type } from "@sinclair/typebox";
import { runBroadcast } from "backend-lib/src/broadcasts";

import { tenantTask } from "../tenantTask";

export const runBroadcastTask = tenantTask(
  Type.Object({ broadcastId: Type.String(), turn: Type.String() }),
  async ({ workspaceId, input, attempts }) =>
    runBroadcast({ ...input, workspaceId }, { attempts }),
);
