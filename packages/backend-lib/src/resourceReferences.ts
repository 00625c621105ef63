// What definitions refer to by id. Postgres knows no foreign key inside of jsonb, so this module asks: whatever a segment
// or a journey names has to be the same workspace's. Owns the asking, and what a definition lacks that is not there;
// leaves the finding of references to isomorphic-lib.

import { and, asc, eq, inArray, or } from "drizzle-orm";
import { type ResourceReference } from "isomorphic-lib/src/definitionGraph";
import { fieldErrorText } from "isomorphic-lib/src/fieldPath";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  type FieldError,
  type InvalidDefinition,
  type JourneyDefinition,
} from "isomorphic-lib/src/types";

import { type Transaction } from "./db";
import {
  messageTemplate,
  segment,
  subscriptionGroup,
  userProperty,
} from "./db/schema";

const KINDS = {
  Segment: { table: segment, label: "segment" },
  MessageTemplate: { table: messageTemplate, label: "message template" },
  SubscriptionGroup: { table: subscriptionGroup, label: "subscription group" },
} as const;

type Kind = keyof typeof KINDS;

const ALL_KINDS: readonly Kind[] = [
  "Segment",
  "MessageTemplate",
  "SubscriptionGroup",
];

const unique = (ids: readonly string[]) => [...new Set(ids)].sort();

/** Those of `wanted` that exist, in lower case; they cannot be deleted until `tx` ends. */
async function lockExisting(
  tx: Transaction,
  workspaceId: string,
  kind: Kind,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = unique(wanted.filter(isUuid));
  if (ids.length === 0) {
    return new Set();
  }
  const { table } = KINDS[kind];
  const rows = await tx
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.workspaceId, workspaceId), inArray(table.id, ids)))
    .orderBy(asc(table.id))
    .for("key share");
  return new Set(rows.map(({ id }) => id));
}

/**
 * The references that name nothing of this workspace, another workspace's resource included: each field with what was
 * expected. What was found cannot be deleted until `tx` ends.
 */
export async function findMissingReferences(
  tx: Transaction,
  workspaceId: string,
  references: readonly ResourceReference[],
): Promise<FieldError[]> {
  const missing: FieldError[] = [];
  for (const kind of ALL_KINDS) {
    const wanted = references.filter(({ resource }) => resource === kind);
    const existing = await lockExisting(
      tx,
      workspaceId,
      kind,
      wanted.map(({ id }) => id),
    );
    missing.push(
      ...wanted
        .filter(({ id }) => !existing.has(id.toLowerCase()))
        .map(({ field }) => ({
          field,
          message: `no ${KINDS[kind].label} of this workspace has this id`,
        })),
    );
  }
  return missing;
}

/** As findMissingReferences, for the user properties that delays of a journey wait for: by id, or by name. */
export async function findMissingUserProperties(
  tx: Transaction,
  workspaceId: string,
  { nodes }: JourneyDefinition,
): Promise<FieldError[]> {
  const wanted = nodes.flatMap((node, index) =>
    node.type === "DelayNode" &&
    node.variant.type === "UserProperty" &&
    node.variant.userProperty !== ""
      ? [
          {
            key: node.variant.userProperty,
            field: `definition/nodes/${index}/variant/userProperty`,
          },
        ]
      : [],
  );
  if (wanted.length === 0) {
    return [];
  }
  const keys = unique(wanted.map(({ key }) => key));
  const rows = await tx
    .select({ id: userProperty.id, name: userProperty.name })
    .from(userProperty)
    .where(
      and(
        eq(userProperty.workspaceId, workspaceId),
        or(
          inArray(userProperty.id, keys.filter(isUuid)),
          inArray(userProperty.name, keys),
        ),
      ),
    )
    .orderBy(asc(userProperty.id))
    .for("key share");
  const existing = new Set(rows.flatMap(({ id, name }) => [id, name]));
  return wanted
    .filter(({ key }) => !existing.has(key) && !existing.has(key.toLowerCase()))
    .map(({ field }) => ({
      field,
      message: "no user property of this workspace has this id or name",
    }));
}

/** The error of a request without a definition, where `reason` says why it would take one. */
export function missingDefinition(reason: string): InvalidDefinition {
  const error: FieldError = {
    field: "definition",
    message: `required: ${reason}`,
  };
  return {
    type: "InvalidDefinition",
    message: fieldErrorText(error),
    errors: [error],
  };
}
