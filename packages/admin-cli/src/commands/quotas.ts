// `admin quotas get|set|reset|reconcile`. Owns their options, which follow from the registry of resources, and the form of what
// they print; the rules of limits are backend-lib's.

import { randomUUID } from "node:crypto";

import {
  getQuotaFromAbove,
  resetWorkspaceQuota,
  setWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { runWithTenant } from "backend-lib/src/multitenancy/tenantContext";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  type GetWorkspaceQuotaResponse,
  QUOTA_FIELD_NAMES,
  type QuotaError,
} from "isomorphic-lib/src/types";
import { type Argv } from "yargs";

import { CommandFailure, type Output, toJson } from "../output";
import { quotaText } from "../quotaText";
import {
  flagOf,
  type FlagValues,
  type LayerOptions,
  layerOptions,
  toChanges,
  toLayer,
  withLimits,
} from "./quotas/flags";
import { reconcile } from "./quotas/reconcile";

interface WorkspaceOptions {
  readonly workspaceId: string;
  readonly json: boolean;
}

function requireWorkspaceId(text: string): string {
  if (!isUuid(text)) {
    throw new CommandFailure(
      "The workspace's id has to be a UUID: `workspaces list` shows them.",
    );
  }
  return text.toLowerCase();
}

/** In the name of whoever sits at the terminal, so that the history says so. */
function asOperator<T>(
  workspaceId: string,
  work: () => Promise<T>,
): Promise<T> {
  const actor = { type: "admin", id: "cli", name: "command line" } as const;
  return runWithTenant({ workspaceId, actor, requestId: randomUUID() }, work);
}

/** What went wrong in the words of the command line. */
function failure(error: QuotaError): CommandFailure {
  if (error.type !== "InvalidAmount" && error.type !== "CeilingExceeded") {
    return new CommandFailure(error.message);
  }
  const lines = error.errors.map(({ field, message }) => {
    const known = QUOTA_FIELD_NAMES.find((name) => field.endsWith(name));
    return `${known === undefined ? field : `--${flagOf(known)}`}: ${message}`;
  });
  const why =
    error.type === "CeilingExceeded"
      ? " Raise the ceiling first, with --ceiling, or set less."
      : "";
  return new CommandFailure(`${lines.join("; ")}.${why}`);
}

async function show(
  { workspaceId, json }: WorkspaceOptions,
  output: Output,
): Promise<void> {
  const found = await getQuotaFromAbove(workspaceId);
  if (found.isErr()) {
    throw failure(found.error);
  }
  print(found.value, json, output);
}

function print(
  standing: GetWorkspaceQuotaResponse,
  json: boolean,
  output: Output,
): void {
  output.stdout(json ? toJson(standing) : quotaText(standing));
}

async function set(
  options: WorkspaceOptions & LayerOptions & FlagValues,
  output: Output,
): Promise<void> {
  const workspaceId = requireWorkspaceId(options.workspaceId);
  const changes = toChanges(options, toLayer(options));
  const written = await asOperator(workspaceId, () =>
    setWorkspaceQuota(workspaceId, changes, { mayRaiseCeiling: true }),
  );
  if (written.isErr()) {
    throw failure(written.error);
  }
  await show({ workspaceId, json: options.json }, output);
}

async function reset(
  options: WorkspaceOptions & LayerOptions,
  output: Output,
): Promise<void> {
  const workspaceId = requireWorkspaceId(options.workspaceId);
  const written = await asOperator(workspaceId, () =>
    resetWorkspaceQuota(workspaceId, {
      mayRaiseCeiling: true,
      layers: [toLayer(options)],
    }),
  );
  if (written.isErr()) {
    throw failure(written.error);
  }
  await show({ workspaceId, json: options.json }, output);
}

const jsonOption = {
  type: "boolean",
  default: false,
  describe: "print JSON, for programs",
} as const;

const idOption = {
  type: "string",
  demandOption: true,
  describe: "id of the workspace",
} as const;

/** Adds `quotas` with its four commands. */
export function quotasCommand(parser: Argv, output: Output): Argv {
  return parser.command(
    "quotas",
    "see and set what workspaces may have, and recount what they have",
    (quotas) =>
      quotas
        .command(
          "get <workspaceId>",
          "show limits and usage of a workspace",
          (command) =>
            command
              .strict()
              .positional("workspaceId", idOption)
              .options({ json: jsonOption }),
          (options) =>
            show(
              {
                ...options,
                workspaceId: requireWorkspaceId(options.workspaceId),
              },
              output,
            ),
        )
        .command(
          "set <workspaceId>",
          "set the limits given, and leave the others",
          (command) =>
            withLimits(
              command
                .strict()
                .positional("workspaceId", idOption)
                .options({ ...layerOptions, json: jsonOption }),
            ),
          (options) => set(options, output),
        )
        .command(
          "reset <workspaceId>",
          "take back all limits that were set, so that the inherited ones hold",
          (command) =>
            command
              .strict()
              .positional("workspaceId", idOption)
              .options({ ...layerOptions, json: jsonOption }),
          (options) => reset(options, output),
        )
        .command(
          "reconcile [workspaceId]",
          "recount what workspaces have, mend the counters, and fail when one was wrong",
          (command) =>
            command
              .strict()
              .positional("workspaceId", {
                type: "string",
                describe: "id of the workspace; without it, all of them",
              })
              .options({ json: jsonOption }),
          ({ workspaceId, json }) =>
            reconcile(
              {
                workspaceId:
                  workspaceId === undefined
                    ? undefined
                    : requireWorkspaceId(workspaceId),
                json,
              },
              output,
            ),
        )
        .demandCommand(
          1,
          "Say what to do: quotas get, set, reset or reconcile.",
        )
        .strict(),
  );
}
