import { describe, expect, test } from "vitest";

import { validateMessageTemplateDefinition } from "./messageTemplateDefinition";
import type { MessageTemplateDefinition } from "./types";

function faultsOf(body: string): string[] {
  return validateMessageTemplateDefinition({
    type: "Webhook",
    identifierKey: "id",
    body,
  }).match(
    () => [],
    ({ errors }) => errors.map(({ field, message }) => `${field}: ${message}`),
  );
}

describe("validateMessageTemplateDefinition", () => {
  test("takes the other channels as they are", () => {
    const definitions: MessageTemplateDefinition[] = [
      { type: "Sms", body: "{ not json" },
      { type: "Email", from: "a", subject: "b", body: "<mjml>" },
      { type: "MobilePush", title: "t" },
    ];
    expect(
      definitions.map((definition) =>
        validateMessageTemplateDefinition(definition)._unsafeUnwrap(),
      ),
    ).toEqual(definitions);
  });

  test("takes a webhook whose body is a request in JSON", () => {
    const body = JSON.stringify({
      config: {
        url: "https://example.com/{{ user.id }}",
        method: "POST",
        headers: { "content-type": "application/json" },
        params: { page: 1 },
        data: { list: [1, { deep: true }] },
        responseType: "json",
      },
      secret: { headers: { authorization: "{{ secrets.token }}" } },
    });
    expect(faultsOf(body)).toEqual([]);
    expect(faultsOf('{"config":{}}')).toEqual([]);
  });

  test("names what is wrong inside the JSON", () => {
    expect(faultsOf('{"config":{"url":5,"responseType":"xml"}}')).toEqual([
      "definition/body: in its JSON, config/url: expected string, got number",
      'definition/body: in its JSON, config/responseType: expected one of json, text, got "xml"',
    ]);
    expect(faultsOf("{}")).toEqual([
      "definition/body: in its JSON, config: required",
    ]);
    expect(faultsOf("[]")).toEqual([
      "definition/body: expected object, got array",
    ]);
  });

  test("refuses text that is no JSON", () => {
    expect(faultsOf("url=https://example.com")).toEqual([
      "definition/body: is not the text of a JSON object",
    ]);
    expect(faultsOf("")).toHaveLength(1);
  });

  test("waits with its judgement where Liquid makes the JSON", () => {
    expect(faultsOf('{"config": {"data": {{ user.cart | json }} }}')).toEqual(
      [],
    );
    expect(faultsOf('{% if user.a %}{"config": {}}{% endif %}')).toEqual([]);
  });

  test("refuses JSON inside the text that would not be taken outside it", () => {
    const deep = `{"config":{"data":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
    expect(faultsOf(deep)).toEqual([
      expect.stringContaining("must not nest deeper than 64 levels"),
    ]);
    expect(faultsOf('{"config":{"url":"a\\u0000"}}')).toEqual([
      "definition/body: in its JSON, config/url: must not contain the character U+0000 (NUL)",
    ]);
  });
});
