// `admin workspaces create` and `admin workspaces list`. Owns their options and what they print; the rules of
// workspaces are backend-lib's.

import { createWorkspace, listWorkspaces } from "backend-lib/src/workspaces";
import {
  type CreatedWorkspace,
  type WorkspaceDetails,
} from "isomorphic-lib/src/types";
import { type Argv } from "yargs";

import { CommandFailure, type Output, toJson, toTable } from "../output";

const TYPES = ["Root", "Parent", "Child"] as const;

interface CreateOptions {
  readonly name: string;
  readonly parent?: string;
  readonly "external-id"?: string;
  readonly type?: (typeof TYPES)[number];
  readonly json: boolean;
}

function createdText(name: string, created: CreatedWorkspace): string {
  return [
    `The workspace ${name} is made. Its keys are shown only now.`,
    "",
    toTable([
      ["workspace id", created.workspaceId],
      ["admin API key", created.adminApiKey],
      ["write key", created.writeKey],
    ]),
    "Send the admin API key to /api/admin as `Authorization: Bearer <admin API key>`, the write key to /api/public",
    "as `Authorization: <write key>`.",
    "",
  ].join("\n");
}

async function create(options: CreateOptions, output: Output): Promise<void> {
  const result = await createWorkspace({
    name: options.name,
    type: options.type,
    parentWorkspaceId: options.parent,
    externalId: options["external-id"],
  });
  if (result.isErr()) {
    throw new CommandFailure(result.error.message);
  }
  output.stdout(
    options.json
      ? toJson(result.value)
      : createdText(options.name, result.value),
  );
}

const HEADINGS = ["ID", "NAME", "TYPE", "STATUS", "PARENT", "CREATED"];

function toRow(workspace: WorkspaceDetails): string[] {
  return [
    workspace.id,
    workspace.name,
    workspace.type,
    workspace.status,
    workspace.parentWorkspaceId ?? "-",
    new Date(workspace.createdAt).toISOString().slice(0, 10),
  ];
}

async function list(
  { json }: { readonly json: boolean },
  output: Output,
): Promise<void> {
  const workspaces = await listWorkspaces();
  if (json) {
    output.stdout(toJson(workspaces));
  } else if (workspaces.length === 0) {
    output.stdout(
      "There is no workspace yet: make one with `workspaces create --name <name>`.\n",
    );
  } else {
    output.stdout(toTable([HEADINGS, ...workspaces.map(toRow)]));
  }
}

const jsonOption = {
  type: "boolean",
  default: false,
  describe: "print JSON, for programs",
} as const;

/** Adds `workspaces` with its two commands. */
export function workspacesCommand(parser: Argv, output: Output): Argv {
  return parser.command(
    "workspaces",
    "make and list workspaces",
    (workspaces) =>
      workspaces
        .command(
          "create",
          "make a workspace with its defaults, a write key and an admin API key",
          (command) =>
            command.strict().options({
              name: {
                type: "string",
                demandOption: true,
                requiresArg: true,
                describe: "its name, unique among those of the same parent",
              },
              parent: {
                type: "string",
                requiresArg: true,
                describe: "id of the workspace that it belongs to",
              },
              "external-id": {
                type: "string",
                requiresArg: true,
                describe: "your own id for it, accepted by /api/admin",
              },
              type: {
                choices: TYPES,
                requiresArg: true,
                describe:
                  "Root stands alone; a Parent takes no events, and its members' roles hold in its children; default: Child with --parent, else Root",
              },
              json: jsonOption,
            }),
          (options) => create(options, output),
        )
        .command(
          "list",
          "list every workspace, oldest first",
          (command) => command.strict().options({ json: jsonOption }),
          (options) => list(options, output),
        )
        .demandCommand(
          1,
          "Say what to do: workspaces create or workspaces list.",
        )
        .strict(),
  );
}
