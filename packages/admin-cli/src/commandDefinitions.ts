// Which commands there are. Owns the list and nothing else; each command is a file of commands/.

import { type Argv } from "yargs";

import { doctorCommand } from "./commands/doctor";
import { isolationCommand } from "./commands/isolation";
import { quotasCommand } from "./commands/quotas";
import { workspacesCommand } from "./commands/workspaces";
import { type Output } from "./output";

/** A command adds itself, with its options and its help, to the parser. */
export type CommandDefinition = (parser: Argv, output: Output) => Argv;

export const COMMANDS: readonly CommandDefinition[] = [
  workspacesCommand,
  quotasCommand,
  doctorCommand,
  isolationCommand,
];
