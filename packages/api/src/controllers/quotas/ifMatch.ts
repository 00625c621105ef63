// If-Match (RFC 9110, section 13.1.1) on edits of limits. Owns reading the field and trying the edit for each tag it names;
// comparing a tag with what is stored, under its lock, is the service's.

import { type StaleQuota } from "isomorphic-lib/src/types";
import { type Result } from "neverthrow";

import { RequestRefused } from "../../buildApp/requestRefused";

/** `any`: whatever is there may be changed; else only what has one of the tags, of which there may be none. */
export type EditCondition = "any" | readonly string[];

/** One entity tag with the comma after it; a tag may hold commas itself. */
const LIST_ITEM =
  /[ \t]*(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*"))?[ \t]*(?:,|$)/y;

/** No limits have this tag. */
const TAG_OF_NOTHING = '""';

/**
 * What the field asks for. Weak tags are left out: they never match here, since If-Match compares strongly. Throws
 * RequestRefused when it is no list of entity tags.
 */
export function editCondition(field: string | undefined): EditCondition {
  const text = field?.trim() ?? "*";
  if (text === "*") {
    return "any";
  }
  const tags: string[] = [];
  let count = 0;
  LIST_ITEM.lastIndex = 0;
  while (LIST_ITEM.lastIndex < text.length) {
    const [, weak, tag] = LIST_ITEM.exec(text) ?? [];
    if (LIST_ITEM.lastIndex === 0) {
      count = 0;
      break;
    }
    count += tag === undefined ? 0 : 1;
    if (tag !== undefined && weak === undefined) {
      tags.push(tag);
    }
  }
  if (count === 0) {
    throw RequestRefused.invalid("headers", [
      {
        field: "if-match",
        message:
          'expected *, or entity tags in their quotes as an answer gave them, such as "abc"',
      },
    ]);
  }
  return tags;
}

/** Makes the edit if the stored limits are as the condition says. Err StaleQuota, with their tag, when they are not. */
export async function editWhen<T, E extends { readonly type: string }>(
  condition: EditCondition,
  edit: (ifMatch: string | undefined) => Promise<Result<T, E | StaleQuota>>,
): Promise<Result<T, E | StaleQuota>> {
  if (condition === "any") {
    return edit(undefined);
  }
  let untried = [...condition];
  let tag = untried[0] ?? TAG_OF_NOTHING;
  for (;;) {
    const tried = tag;
    const result = await edit(tried);
    untried = untried.filter((each) => each !== tried);
    const stored = result.isErr() ? etagOf(result.error) : undefined;
    if (stored === undefined || !untried.includes(stored)) {
      return result;
    }
    tag = stored;
  }
}

function etagOf(error: { readonly type: string }): string | undefined {
  return error.type === "StaleQuota" &&
    "etag" in error &&
    typeof error.etag === "string"
    ? error.etag
    : undefined;
}
