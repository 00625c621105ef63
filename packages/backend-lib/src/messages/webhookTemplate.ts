// The request that a webhook's template makes: JSON with Liquid in its texts, and a part `secret` that is laid over the rest.
// Owns that no secret is kept with a message: secrets are known to the part `secret` alone, which is filled in when the
// request is sent. Leaves Liquid to liquid.ts and the sending to webhook.ts.

import { randomUUID } from "node:crypto";

import { findUnsafeJson, parseJson } from "isomorphic-lib/src/jsonSafety";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { isRecord } from "isomorphic-lib/src/typeAssertions";
import {
  type WebhookConfig,
  WebhookTemplateBody,
} from "isomorphic-lib/src/types";
import { Drop } from "liquidjs";
import { err, ok, type Result } from "neverthrow";

import { type WebhookContent } from "./content";
import { type LiquidError, type LiquidScope, parseLiquid } from "./liquid";

export interface WebhookTemplate {
  /** The request without its secrets, for who is known as `to`. */
  render(scope: LiquidScope, to: string): Result<WebhookContent, LiquidError>;
  /** What is laid over it. */
  renderSecret(
    scope: LiquidScope,
    secrets: Readonly<Record<string, unknown>>,
  ): Result<WebhookConfig, LiquidError>;
}

type Filler = (scope: LiquidScope) => Result<unknown, LiquidError>;

const failed = (message: string): LiquidError => ({
  type: "LiquidError",
  message,
});

/** In place of any secret, where it is not known. */
const WITHHELD = `secret-${randomUUID()}`;

class WithheldSecrets extends Drop {
  override liquidMethodMissing(): string {
    return WITHHELD;
  }
}

/** What an array or an object holds; undefined for every other value. */
function entriesOf(value: unknown): [string, unknown][] | undefined {
  if (Array.isArray(value)) {
    return value.map((item, index) => [String(index), item]);
  }
  return isRecord(value) ? Object.entries(value) : undefined;
}

/** A function that fills in a JSON value: its texts, one by one, so that no value can break out of its text. */
function fillerOf(value: unknown): Result<Filler, LiquidError> {
  if (typeof value === "string") {
    return parseLiquid(value);
  }
  const entries = entriesOf(value);
  if (entries === undefined) {
    return ok(() => ok(value));
  }
  const fillers: [string, Filler][] = [];
  for (const [key, item] of entries) {
    const filler = fillerOf(item);
    if (filler.isErr()) {
      return err(filler.error);
    }
    fillers.push([key, filler.value]);
  }
  return ok((scope) => {
    const filled: [string, unknown][] = [];
    for (const [key, filler] of fillers) {
      const item = filler(scope);
      if (item.isErr()) {
        return err(item.error);
      }
      filled.push([key, item.value]);
    }
    return ok(
      Array.isArray(value)
        ? filled.map(([, item]) => item)
        : Object.fromEntries(filled),
    );
  });
}

/** Liquid outside of JSON's texts: what is filled in becomes JSON. */
function wholeText(body: string): Result<Filler, LiquidError> {
  return parseLiquid(body).map(
    (text): Filler =>
      (scope) =>
        text(scope).andThen((filled): Result<unknown, LiquidError> =>
          parseJson(filled).mapErr(() =>
            failed("what it is filled in to is no JSON"),
          ),
        ),
  );
}

function checked(value: unknown): Result<WebhookTemplateBody, LiquidError> {
  const unsafe = findUnsafeJson(value);
  if (unsafe !== null) {
    return err(failed(`its ${unsafe.field} ${unsafe.message}`));
  }
  return schemaValidate(value, WebhookTemplateBody).mapErr(([first]) =>
    failed(
      `what it is filled in to is no request: ${first?.field ?? ""} ${first?.message ?? ""}`,
    ),
  );
}

/** Reads the text of a webhook template. Err when it is neither JSON nor Liquid. */
export function parseWebhook(
  body: string,
): Result<WebhookTemplate, LiquidError> {
  const json = parseJson(body);
  if (json.isOk() && findUnsafeJson(json.value) !== null) {
    return err(
      failed("its JSON nests too deep, or has a text that cannot be stored"),
    );
  }
  const filler = json.isOk() ? fillerOf(json.value) : wholeText(body);
  return filler.map((fill): WebhookTemplate => {
    const filled = (scope: LiquidScope, secrets: unknown) =>
      fill({ ...scope, secrets }).andThen(checked);
    return {
      render: (scope, to) =>
        filled(scope, new WithheldSecrets()).andThen(({ config, secret }) => {
          if (JSON.stringify(config).includes(WITHHELD)) {
            return err(
              failed("secrets can be used in its part `secret` alone"),
            );
          }
          const { url, method, headers, params, data } = config;
          const user = isRecord(scope.user) ? scope.user : {};
          return ok<WebhookContent, LiquidError>({
            type: "Webhook",
            to,
            ...(url === undefined ? {} : { url }),
            ...(method === undefined ? {} : { method }),
            ...(headers === undefined ? {} : { headers }),
            ...(params === undefined ? {} : { params }),
            ...(data === undefined ? {} : { data }),
            ...(secret === undefined ? {} : { user }),
          });
        }),
      renderSecret: (scope, secrets) =>
        filled(scope, secrets).map(({ secret = {} }) => secret),
    };
  });
}
