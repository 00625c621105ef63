// Filling in templates: what a template can reach, what ends it, and what becomes of links and MJML.

import {
  type CodeEmailTemplate,
  type MessageTemplateDefinition,
} from "isomorphic-lib/src/types";
import { describe, expect, test } from "vitest";

import { type EmailContent } from "./content";
import { type LiquidScope } from "./liquid";
import { rendererFor } from "./rendering";
import { UNSUBSCRIBE_VARIABLE, unsubscribeUrl } from "./unsubscribeLink";

const email = (extra: Partial<CodeEmailTemplate> = {}): CodeEmailTemplate => ({
  type: "Email",
  from: "a@acme.example",
  subject: "s",
  body: "b",
  ...extra,
});

async function render(
  definition: MessageTemplateDefinition,
  scope: LiquidScope = { user: {} },
) {
  const renderer = rendererFor(definition)._unsafeUnwrap();
  return renderer(scope, "ann@example.com");
}

async function body(text: string, scope?: LiquidScope): Promise<string> {
  const content = (await render(email({ body: text }), scope))._unsafeUnwrap();
  if (content.type !== "Email") {
    throw new Error("expected an e-mail");
  }
  return content.body;
}

describe("a template", () => {
  test("is filled in from the user's properties; what is missing is empty, and nothing is escaped unless it says so", async () => {
    const user = { name: "<b>Ann</b>", plan: { seats: 3 } };
    expect(
      await body(
        "{{ user.name }} {{ user.plan.seats }} {{ user.nothing.at.all }}| {{ user.name | escape }}",
        { user },
      ),
    ).toBe("<b>Ann</b> 3 | &lt;b&gt;Ann&lt;/b&gt;");
  });

  test("has all of its texts filled in", async () => {
    const content = await render(
      email({
        from: "{{ user.x }}@acme.example",
        subject: "{{ user.x }}",
        name: "N {{ user.x }}",
        replyTo: "{{ user.x }}@r.example",
        cc: "{{ user.nothing }}",
        headers: [
          { name: "X-A", value: "{{ user.x }}" },
          { name: "Message-ID", value: "<forged@x>" },
        ],
      }),
      { user: { x: "v" } },
    );
    expect(content._unsafeUnwrap()).toEqual({
      type: "Email",
      to: "ann@example.com",
      from: "v@acme.example",
      subject: "v",
      body: "b",
      name: "N v",
      replyTo: "v@r.example",
      headers: [{ name: "X-A", value: "v" }],
    } satisfies EmailContent);
  });

  test.each([
    ["a file", "{% include '/etc/passwd' %}"],
    ["a file that is rendered", "{% render 'package.json' %}"],
    ["a layout", "{% layout 'package' %}"],
  ])("cannot reach %s", async (_, text) => {
    const content = await render(email({ body: text }));
    expect(content._unsafeUnwrapErr().message).toContain("The template's body");
  });

  test("cannot reach a prototype, a constructor or the process", async () => {
    expect(
      await body(
        "{{ user.constructor }}{{ user.__proto__ }}{{ user.toString }}{{ process.env }}{{ global }}|",
      ),
    ).toBe("|");
  });

  test("cannot read a file through MJML", async () => {
    const html = await body(
      `<mjml><mj-body><mj-include path="/etc/passwd" type="html" /></mj-body></mjml>`,
    );
    expect(html).not.toContain("root:");
  });

  test.each([
    ["loops without end", "{% for a in (1..100000000) %}{{ a }}{% endfor %}"],
    [
      "loops within loops",
      "{% for a in (1..9999) %}{% for b in (1..9999) %}{% for c in (1..9999) %}x{% endfor %}{% endfor %}{% endfor %}",
    ],
    [
      "grows without end",
      `{% assign s = "0123456789" %}{% for a in (1..40) %}{% assign s = s | append: s %}{% endfor %}{{ s }}`,
    ],
  ])("that %s is ended", async (_, text) => {
    const content = await render(email({ body: text }));
    expect(content._unsafeUnwrapErr().message).toMatch(/limit|too long/);
  });

  test("that makes a text which cannot be stored is refused", async () => {
    const content = await render(
      email({ subject: "{{ '%00' | url_decode }}" }),
    );
    expect(content._unsafeUnwrapErr().message).toContain("subject");
  });

  test.each<[string, MessageTemplateDefinition, string]>([
    [
      "broken Liquid",
      email({ body: "{% if user.x %}" }),
      "The template's body",
    ],
    [
      "a mobile push",
      { type: "MobilePush", body: "x" },
      "does not send to mobile devices",
    ],
    [
      "attachments",
      email({ attachmentUserProperties: ["invoice"] }),
      "does not send attachments",
    ],
    [
      "a webhook that is neither JSON nor Liquid",
      { type: "Webhook", identifierKey: "id", body: "{{" },
      "The template's body",
    ],
  ])("that nobody can be sent is refused: %s", (_, definition, words) => {
    const { message } = rendererFor(definition)._unsafeUnwrapErr();
    expect(message).toContain(words);
  });

  test("MJML becomes HTML, for each user their own; broken MJML is refused", async () => {
    const mjml = (text: string) =>
      `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section></mj-body></mjml>`;
    const renderer = rendererFor(
      email({ body: mjml("Hi {{ user.name }}") }),
    )._unsafeUnwrap();
    for (const name of ["Ann", "Ann", "Bob"]) {
      const content = (await renderer({ user: { name } }, "x"))._unsafeUnwrap();
      expect(content).toMatchObject({ type: "Email" });
      expect(JSON.stringify(content)).toContain(`>Hi ${name}</div>`);
    }
    const broken = await render(email({ body: "<mjml></mjml>" }));
    expect(broken._unsafeUnwrapErr().message).toContain("is not MJML");
  });
});

describe("{% unsubscribe_link %}", () => {
  const url = unsubscribeUrl({
    pageUrl: "https://acme.example/subscriptions?lang=en",
    key: "0123456789abcdef",
    workspaceId: "w",
    userId: "ann",
    identifier: "ann@example.com",
    identifierKey: "email",
    subscriptionGroupId: "g",
  });

  test("is a signed link to the page; its words are its text, and are escaped", async () => {
    const { searchParams, origin } = new URL(url);
    expect(origin).toBe("https://acme.example");
    const { h, ...query } = Object.fromEntries(searchParams);
    expect(h).toMatch(/^[0-9a-f]{64}$/);
    expect(query).toEqual({
      lang: "en",
      w: "w",
      i: "ann@example.com",
      ik: "email",
      s: "g",
      sub: "0",
    });
    const scope = { user: {}, [UNSUBSCRIBE_VARIABLE]: url };
    expect(await body("{% unsubscribe_link no <more> %}", scope)).toBe(
      `<a class="df-unsubscribe" clicktracking="off" href="${url.replaceAll("&", "&amp;")}" target="_blank">no &lt;more&gt;</a>`,
    );
  });

  test("of another user, or signed with another key, is another link", () => {
    const of = (userId: string, key: string) =>
      new URL(
        unsubscribeUrl({
          pageUrl: "https://acme.example",
          key,
          workspaceId: "w",
          userId,
          identifier: "i",
          identifierKey: "email",
        }),
      ).searchParams.get("h");
    expect(new Set([of("a", "k"), of("b", "k"), of("a", "l")]).size).toBe(3);
  });

  test("without a page is plain text", async () => {
    expect(await body("{% unsubscribe_link here %}")).toBe("here");
    expect(await body("{% unsubscribe_link %}")).toBe("unsubscribe");
  });
});
