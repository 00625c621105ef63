// The tag {% unsubscribe_link some words %}: a link to the page on which users change their subscriptions, signed with the
// workspace's secret, so that nobody unsubscribes another. Owns the link. Without a page or a secret the words alone appear:
// a link that leads nowhere is worse than none.

import { createHmac } from "node:crypto";

import { type Context, type Emitter, Tag } from "liquidjs";

/** The variable that carries the URL. */
export const UNSUBSCRIBE_VARIABLE = "unsubscribe_url";

export interface UnsubscribeLink {
  /** The page's URL; SUBSCRIPTION_PAGE_URL. */
  readonly pageUrl: string;
  /** The workspace's `subscription-key`. */
  readonly key: string;
  readonly workspaceId: string;
  readonly userId: string;
  /** The address, and the user property that it is. */
  readonly identifier: string;
  readonly identifierKey: string;
  readonly subscriptionGroupId?: string;
}

/** The URL with the short names that the page of Dittofeed takes. */
export function unsubscribeUrl(link: UnsubscribeLink): string {
  const { workspaceId, userId, identifier, identifierKey } = link;
  const signed = JSON.stringify({
    identifier,
    identifierKey,
    userId,
    workspaceId,
  });
  const url = new URL(link.pageUrl);
  const query = {
    w: workspaceId,
    i: identifier,
    ik: identifierKey,
    h: createHmac("sha256", link.key).update(signed, "utf8").digest("hex"),
    ...(link.subscriptionGroupId === undefined
      ? {}
      : { s: link.subscriptionGroupId, sub: "0" }),
  };
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.set(name, value);
  }
  return url.toString();
}

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  '"': "&quot;",
  "<": "&lt;",
  ">": "&gt;",
};

const escaped = (text: string) =>
  text.replace(/[&"<>]/g, (character) => ESCAPED[character] ?? character);

/** The tag for liquidjs. */
export class UnsubscribeLinkTag extends Tag {
  /** The words of the tag are its text. */
  *render(
    context: Context,
    emitter: Emitter,
  ): Generator<unknown, void, unknown> {
    const given: unknown = yield context._get([UNSUBSCRIBE_VARIABLE]);
    const words = escaped(this.token.args.trim() || "unsubscribe");
    emitter.write(
      typeof given === "string"
        ? `<a class="df-unsubscribe" clicktracking="off" href="${escaped(given)}" target="_blank">${words}</a>`
        : words,
    );
  }
}
