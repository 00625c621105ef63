// FACE of messageTemplates/: what messages are made of. Owns "MessageTemplate" and the rules for changing it. Leaves it to
// isomorphic-lib what a definition is; rendering and sending are not its business.

import { Type } from "@sinclair/typebox";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { validateMessageTemplateDefinition } from "isomorphic-lib/src/messageTemplateDefinition";
import { isPresent } from "isomorphic-lib/src/typeAssertions";
import {
  type BadValues,
  type CreateMessageTemplateRequest,
  type DeleteMessageTemplateRequest,
  type GetMessageTemplatesRequest,
  type InWorkspace,
  type MessageTemplateDefinition,
  MessageTemplateResource,
  type NotFound,
  Nullable,
  type UniqueConstraintViolation,
  type UpsertMessageTemplateError,
  type UpsertMessageTemplateResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import {
  type Database,
  db,
  inTransaction,
  queryResult,
  retrying,
  type Transaction,
} from "./db";
import { messageTemplate, userProperty } from "./db/schema";
import { type Narrowing, readList } from "./keptLists";
import { type TemplateRow, toTemplate } from "./messageTemplates/rows";
import { sharedKind } from "./multitenancy/cache";
import { upsertRow } from "./rowUpsert";

type TemplateChange = InWorkspace<UpsertMessageTemplateResource>;

const TAKEN: UniqueConstraintViolation = {
  type: "UniqueConstraintViolation",
  message: "A template with this name or id exists already.",
};
const NO_CONTENT: BadValues = {
  type: "BadValues",
  message: "definition: required, unless there is a draft",
};
const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such template.",
};

const LISTS = sharedKind({
  name: "templates",
  scopes: ["templates"],
  schema: Nullable(Type.Array(MessageTemplateResource)),
});

type Reader = Pick<Database, "select">;
type List = InWorkspace<Omit<GetMessageTemplatesRequest, "ids">>;

async function selectTemplates(
  reader: Reader,
  { workspaceId, resourceType, ids, limit }: List & Narrowing,
): Promise<TemplateRow[]> {
  const query = reader
    .select()
    .from(messageTemplate)
    .where(
      and(
        eq(messageTemplate.workspaceId, workspaceId),
        ids === undefined ? undefined : inArray(messageTemplate.id, [...ids]),
        resourceType === undefined
          ? undefined
          : eq(messageTemplate.resourceType, resourceType),
      ),
    )
    .orderBy(asc(messageTemplate.createdAt), asc(messageTemplate.id));
  return limit === undefined ? query : query.limit(limit);
}

/** The workspace's templates, oldest first; `ids` and `resourceType` narrow. From the cache or `reader`, as getSegments(). */
export async function getMessageTemplates(
  { workspaceId, ids, resourceType }: InWorkspace<GetMessageTemplatesRequest>,
  { reader }: { readonly reader?: Reader } = {},
): Promise<Readonly<MessageTemplateResource>[]> {
  const list: List = { workspaceId, resourceType };
  if (reader !== undefined) {
    const rows = await selectTemplates(reader, { ...list, ids });
    return rows.flatMap((row) => toTemplate(row) ?? []);
  }
  return readList(LISTS, {
    workspaceId,
    key: resourceType ?? "",
    ids,
    select: (narrowing) => selectTemplates(db(), { ...list, ...narrowing }),
    toItem: toTemplate,
  });
}

interface Placed {
  readonly field: "definition" | "draft";
  readonly content: MessageTemplateDefinition;
}

/** The user property that an e-mail or text message says it is sent to. Empty: the channel's own. */
function identifierKeyOf({ content }: Placed): string {
  return content.type === "Email" || content.type === "Sms"
    ? (content.identifierKey ?? "")
    : "";
}

/** What is wrong with definition or draft as the workspace's. */
async function findFault(
  tx: Transaction,
  { workspaceId, definition, draft }: TemplateChange,
): Promise<UpsertMessageTemplateError | undefined> {
  const given: Placed[] = [
    ...(definition === undefined
      ? []
      : [{ field: "definition" as const, content: definition }]),
    ...(isPresent(draft) ? [{ field: "draft" as const, content: draft }] : []),
  ];
  for (const { field, content } of given) {
    const valid = validateMessageTemplateDefinition(content, field);
    if (valid.isErr()) {
      return valid.error;
    }
  }
  const keys = given.map(identifierKeyOf).filter((key) => key !== "");
  const rows =
    keys.length === 0
      ? []
      : await tx
          .select({ name: userProperty.name })
          .from(userProperty)
          .where(
            and(
              eq(userProperty.workspaceId, workspaceId),
              inArray(userProperty.name, keys),
            ),
          )
          .for("key share");
  const existing = new Set(["", ...rows.map(({ name }) => name)]);
  const wrong = given.find((each) => !existing.has(identifierKeyOf(each)));
  return wrong === undefined
    ? undefined
    : {
        type: "InvalidIdentifierKey",
        message: `${wrong.field}/identifierKey: the workspace has no user property of this name`,
        identifierKey: identifierKeyOf(wrong),
      };
}

/** Ok(undefined): a row with this id or name is there. */
async function insertTemplate(
  tx: Transaction,
  input: TemplateChange,
): Promise<Result<MessageTemplateResource | undefined, BadValues>> {
  const { id, workspaceId, name, definition, draft, resourceType } = input;
  if (definition === undefined && !isPresent(draft)) {
    return err(NO_CONTENT);
  }
  const now = clock().now();
  const [row] = await tx
    .insert(messageTemplate)
    .values({
      id,
      workspaceId,
      name,
      definition,
      draft,
      resourceType,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return ok(row === undefined ? undefined : toTemplate(row));
}

async function updateTemplate(
  tx: Transaction,
  row: TemplateRow,
  change: TemplateChange,
): Promise<Result<MessageTemplateResource, UpsertMessageTemplateError>> {
  const { workspaceId, name, definition, draft, resourceType } = change;
  const updated = await queryResult(
    tx
      .update(messageTemplate)
      .set({ name, definition, draft, resourceType })
      .where(
        and(
          eq(messageTemplate.workspaceId, workspaceId),
          eq(messageTemplate.id, row.id),
        ),
      )
      .returning(),
  );
  if (updated.isErr()) {
    return err(TAKEN);
  }
  const [saved] = updated.value;
  const template = saved === undefined ? undefined : toTemplate(saved);
  return template === undefined ? err(NO_CONTENT) : ok(template);
}

async function findForChange(
  tx: Transaction,
  { workspaceId, id, name }: TemplateChange,
): Promise<TemplateRow | undefined> {
  const [row] = await tx
    .select()
    .from(messageTemplate)
    .where(
      and(
        eq(messageTemplate.workspaceId, workspaceId),
        id === undefined
          ? eq(messageTemplate.name, name)
          : eq(messageTemplate.id, id),
      ),
    )
    .for("no key update");
  return row;
}

/**
 * Changes the template of this id, or without an id of this name, or makes it. `draft: null` clears the draft. Err
 * BadValues when neither definition nor draft would be left; InvalidDefinition when one is wrong in itself;
 * InvalidIdentifierKey when an e-mail or text message is to go to a user property that the workspace does not have;
 * UniqueConstraintViolation when the name or id is another's.
 */
export async function upsertMessageTemplate(
  input: TemplateChange,
): Promise<Result<MessageTemplateResource, UpsertMessageTemplateError>> {
  return inTransaction(async (tx) => {
    const fault = await findFault(tx, input);
    if (fault !== undefined) {
      return err(fault);
    }
    return upsertRow<
      TemplateRow,
      MessageTemplateResource,
      UpsertMessageTemplateError
    >({
      find: () => findForChange(tx, input),
      update: (row) => updateTemplate(tx, row, input),
      insert: () => insertTemplate(tx, input),
      taken: TAKEN,
    });
  });
}

/** As createMessageTemplate(), in the caller's transaction. */
export async function createMessageTemplateIn(
  tx: Transaction,
  input: InWorkspace<CreateMessageTemplateRequest>,
): Promise<Result<MessageTemplateResource, UpsertMessageTemplateError>> {
  const fault = await findFault(tx, input);
  if (fault !== undefined) {
    return err(fault);
  }
  const inserted = await insertTemplate(tx, input);
  if (inserted.isErr()) {
    return err(inserted.error);
  }
  return inserted.value === undefined ? err(TAKEN) : ok(inserted.value);
}

/** Makes a template. Errs as upsertMessageTemplate does; UniqueConstraintViolation also when the template exists. */
export async function createMessageTemplate(
  input: InWorkspace<CreateMessageTemplateRequest>,
): Promise<Result<MessageTemplateResource, UpsertMessageTemplateError>> {
  return inTransaction((tx) => createMessageTemplateIn(tx, input));
}

/** Deletes a template. Err NotFound also when it is of another channel. What refers to it is left as it is. */
export async function deleteMessageTemplate({
  workspaceId,
  id,
  type,
}: InWorkspace<DeleteMessageTemplateRequest>): Promise<Result<void, NotFound>> {
  const { definition, draft } = messageTemplate;
  const deleted = await retrying(() =>
    db()
      .delete(messageTemplate)
      .where(
        and(
          eq(messageTemplate.workspaceId, workspaceId),
          eq(messageTemplate.id, id),
          sql`coalesce(${definition} ->> 'type', ${draft} ->> 'type') = ${type}`,
        ),
      )
      .returning({ id: messageTemplate.id }),
  );
  return deleted.length === 0 ? err(NOT_FOUND) : ok();
}
