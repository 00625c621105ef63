// `admin quotas reconcile`: recounts workspace after workspace. Owns the order, what is told meanwhile, and the exit status.

import {
  type QuotaDrift,
  reconcileWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { listWorkspaces } from "backend-lib/src/workspaces";

import { counted } from "../../diagnosisText";
import { CommandFailure, type Output, toJson, toTable } from "../../output";

interface WorkspaceDrift extends QuotaDrift {
  readonly workspaceId: string;
}

/** How often somebody who waits is told how far it is. */
const TOLD_TIMES = 20;

async function recount(workspaceId: string): Promise<WorkspaceDrift[] | null> {
  const counters = await reconcileWorkspaceQuota(workspaceId);
  return counters.isErr()
    ? null
    : counters.value
        .filter((each) => each.recorded !== each.counted)
        .map((each) => ({ workspaceId, ...each }));
}

function driftText(drift: readonly WorkspaceDrift[]): string {
  return toTable([
    ["WORKSPACE", "RESOURCE", "SCOPE", "RECORDED", "COUNTED"],
    ...drift.map((each) => [
      each.workspaceId,
      each.resourceType,
      each.scope,
      String(each.recorded),
      String(each.counted),
    ]),
  ]);
}

/** Recounts one workspace, or all. Throws CommandFailure when a counter was wrong; it is right then. */
export async function reconcile(
  {
    workspaceId,
    json,
  }: { readonly workspaceId: string | undefined; readonly json: boolean },
  output: Output,
): Promise<void> {
  const ids =
    workspaceId === undefined
      ? (await listWorkspaces()).map(({ id }) => id)
      : [workspaceId];
  const step = Math.max(1, Math.ceil(ids.length / TOLD_TIMES));
  const drift: WorkspaceDrift[] = [];
  let workspaces = 0;
  for (const [index, id] of ids.entries()) {
    const found = await recount(id);
    if (found === null && workspaceId !== undefined) {
      throw new CommandFailure("There is no such workspace.");
    }
    workspaces += found === null ? 0 : 1; // deleted meanwhile
    drift.push(...(found ?? []));
    const done = index + 1;
    if (done % step === 0 || done === ids.length) {
      output.stderr(
        `recounted ${done} of ${counted(ids.length, "workspace")}\n`,
      );
    }
  }
  if (json) {
    output.stdout(toJson({ ok: drift.length === 0, workspaces, drift }));
  } else {
    output.stdout(
      drift.length === 0
        ? `Every counter of ${counted(workspaces, "workspace")} is right.\n`
        : driftText(drift),
    );
  }
  if (drift.length > 0) {
    throw new CommandFailure(
      `${counted(drift.length, "counter")} did not say what is there. It is mended; find out who wrote past the triggers.`,
    );
  }
}
