// The flags of `admin quotas set` and `reset`: one for each resource, and whose word is meant. Owns how limits read on a command
// line.

import { QUOTA_RESOURCES } from "isomorphic-lib/src/quotaResources";
import {
  MAX_QUOTA_AMOUNT,
  QUOTA_FIELD_NAMES,
  QUOTA_FIELDS,
  QUOTA_LAYER_OBJECTS,
  type QuotaField,
  type QuotaLayer,
  type RequestedQuotaLimits,
  type UpdateWorkspaceQuotaRequest,
} from "isomorphic-lib/src/types";
import { type Argv, type Options } from "yargs";

import { CommandFailure } from "../../output";

/** Limits as the command line says them; a field that is not given is undefined. */
export type FlagValues = Readonly<Record<string, unknown>>;

export interface LayerOptions {
  readonly ceiling: boolean;
  readonly children: boolean;
  readonly pool: boolean;
}

/** `maxStorageBytes` → `max-storage-bytes` */
export function flagOf(field: QuotaField): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const UNLIMITED = "unlimited";
const INHERITED = "inherited";

/** null: unlimited; undefined: back to what is inherited. */
function parseLimit(
  field: QuotaField,
  text: string,
): number | null | undefined {
  if (text === UNLIMITED) {
    return null;
  }
  if (text === INHERITED) {
    return undefined;
  }
  const amount = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(amount)) {
    const { minimum } = QUOTA_RESOURCES[QUOTA_FIELDS[field]];
    throw new CommandFailure(
      `--${flagOf(field)} takes a whole number from ${minimum} to ${MAX_QUOTA_AMOUNT}, ${UNLIMITED}, or ${INHERITED}.`,
    );
  }
  return amount;
}

const LAYER_FLAGS = ["ceiling", "children", "pool"] as const;

/** Throws CommandFailure when several are named. */
export function toLayer(options: LayerOptions): QuotaLayer {
  const [layer = "limit", ...others] = LAYER_FLAGS.filter(
    (name) => options[name],
  );
  if (others.length > 0) {
    throw new CommandFailure(
      "Say one of --ceiling, --children and --pool at a time.",
    );
  }
  return layer;
}

/** The request that the flags make. Throws CommandFailure for a text that is no limit, and when there is none at all. */
export function toChanges(
  flags: FlagValues,
  layer: QuotaLayer,
): UpdateWorkspaceQuotaRequest {
  const limits: RequestedQuotaLimits = {};
  const reset: UpdateWorkspaceQuotaRequest["reset"] = [];
  for (const field of QUOTA_FIELD_NAMES) {
    const text = flags[flagOf(field)];
    if (typeof text === "string") {
      const amount = parseLimit(field, text);
      if (amount === undefined) {
        reset.push(
          layer === "limit" ? field : `${QUOTA_LAYER_OBJECTS[layer]}/${field}`,
        );
      } else {
        limits[field] = amount;
      }
    }
  }
  if (reset.length === 0 && Object.keys(limits).length === 0) {
    throw new CommandFailure(
      `Say what to set, such as --${flagOf("maxSegments")} 20.`,
    );
  }
  return layer === "limit"
    ? { ...limits, reset }
    : { [QUOTA_LAYER_OBJECTS[layer]]: limits, reset };
}

/** Whose word is meant; without any, the workspace's own. */
export const layerOptions = {
  ceiling: {
    type: "boolean",
    default: false,
    describe: "the most that the workspace's own admins may set",
  },
  children: {
    type: "boolean",
    default: false,
    describe: "what holds for each child that has no limit of its own",
  },
  pool: {
    type: "boolean",
    default: false,
    describe: "what all children together may have",
  },
} as const;

const limitOptions: Record<string, Options> = Object.fromEntries(
  QUOTA_FIELD_NAMES.map((field) => {
    const { label, unit } = QUOTA_RESOURCES[QUOTA_FIELDS[field]];
    return [
      flagOf(field),
      {
        type: "string",
        requiresArg: true,
        describe: `${label}: a number of ${unit[1]}, ${UNLIMITED}, or ${INHERITED}`,
      } as const,
    ];
  }),
);

/** A flag for each resource; the compiler goes on knowing the others alone. */
export function withLimits<T>(command: Argv<T>): Argv<T> {
  command.options(limitOptions);
  return command;
}
