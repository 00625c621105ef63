// Rows of "MessageTemplate" and what the API shows of them. Owns the conversion.

import { type InferSelectModel } from "drizzle-orm";
import {
  MessageTemplateDefinition,
  type MessageTemplateResource,
} from "isomorphic-lib/src/types";

import { type messageTemplate } from "../db/schema";
import { storedReader } from "../storedJson";

export type TemplateRow = InferSelectModel<typeof messageTemplate>;

const readStored = storedReader("MessageTemplate", MessageTemplateDefinition);

/** Undefined, and a warning in the log, when the row holds nothing that this version understands. */
export function toTemplate(
  row: TemplateRow,
): MessageTemplateResource | undefined {
  const read = (value: unknown) =>
    value === null ? undefined : readStored(row.id, value);
  const definition = read(row.definition);
  const draft = read(row.draft);
  const type = definition?.type ?? draft?.type;
  return type === undefined
    ? undefined
    : {
        id: row.id,
        workspaceId: row.workspaceId,
        name: row.name,
        type,
        ...(definition === undefined ? {} : { definition }),
        ...(draft === undefined ? {} : { draft }),
        createdAt: row.createdAt.getTime(),
        updatedAt: row.updatedAt.getTime(),
      };
}
