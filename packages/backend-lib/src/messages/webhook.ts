// Handing a message to a webhook: the request that its template describes, with the part that has secrets laid over it now.
// Owns what an answer means; leaves where a request may go to webhookRequest.ts.

import { isRecord } from "isomorphic-lib/src/typeAssertions";
import { type JsonObject, type WebhookConfig } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { sendWebhook } from "../webhookRequest";
import { type WebhookContent } from "./content";
import { type HandOver } from "./handOver";
import { parseWebhook } from "./webhookTemplate";

export interface WebhookSecrets {
  /** The template's body as it stands now; undefined when it is gone. */
  readonly body: string | undefined;
  readonly values: JsonObject;
}

const METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"] as const;
const TOO_MANY_REQUESTS = 429;
const TIMEOUT_MS = 15_000;

const notSent = (sentence: string): HandOver => ({ type: "notSent", sentence });

/** Objects are laid over each other key by key, everything else takes the other's place. */
function over(below: unknown, above: unknown): unknown {
  if (above === undefined) {
    return below;
  }
  return isRecord(below) && isRecord(above) ? { ...below, ...above } : above;
}

function withSecrets(
  content: WebhookContent,
  { body, values }: WebhookSecrets,
): Result<WebhookConfig, HandOver> {
  const { user } = content;
  if (user === undefined) {
    return ok(content);
  }
  const gone = notSent(
    "The part of the template that has the secrets is gone, or cannot be filled in any more.",
  );
  const parsed = body === undefined ? undefined : parseWebhook(body);
  if (parsed === undefined || parsed.isErr()) {
    return err(gone);
  }
  const filled = parsed.value.renderSecret({ user }, values);
  if (filled.isErr()) {
    return err(gone);
  }
  const secret = filled.value;
  return ok({
    url: secret.url ?? content.url,
    method: secret.method ?? content.method,
    headers: { ...content.headers, ...secret.headers },
    params: { ...content.params, ...secret.params },
    data: over(content.data, secret.data),
  });
}

function withParams(url: string, params: JsonObject = {}): string {
  if (Object.keys(params).length === 0 || !URL.canParse(url)) {
    return url;
  }
  const full = new URL(url);
  for (const [name, value] of Object.entries(params)) {
    full.searchParams.append(
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    );
  }
  return full.toString();
}

/** JSON says that it is, unless the template says otherwise. */
function bodyOf({ data, headers = {} }: WebhookConfig): {
  body: string;
  headers: Record<string, string>;
} {
  if (data === undefined || typeof data === "string") {
    return { body: data ?? "", headers };
  }
  const isTyped = Object.keys(headers).some(
    (name) => name.toLowerCase() === "content-type",
  );
  return {
    body: JSON.stringify(data),
    headers: isTyped
      ? headers
      : { ...headers, "content-type": "application/json" },
  };
}

function outcomeOf(status: number): HandOver {
  if (status >= 200 && status < 300) {
    return { type: "sent" };
  }
  // The one status that says that nothing was done with the request, and that it may come again (RFC 6585, section 4). A
  // 503 may be a gateway's, in front of something that has done it.
  return status === TOO_MANY_REQUESTS
    ? { type: "notTaken", sentence: "The webhook answered 429: later." }
    : { type: "refused", sentence: `The webhook answered ${status}.` };
}

/** Sends the request; never rejects. */
export async function handOverToWebhook(
  content: WebhookContent,
  secrets: WebhookSecrets,
): Promise<HandOver> {
  const request = withSecrets(content, secrets);
  if (request.isErr()) {
    return request.error;
  }
  const { url, method = "GET", params } = request.value;
  if (url === undefined) {
    return notSent("The template has no URL.");
  }
  const known = METHODS.find((each) => each === method.toUpperCase());
  if (known === undefined) {
    return notSent(`The template's method is none of ${METHODS.join(", ")}.`);
  }
  const answer = await sendWebhook({
    url: withParams(url, params),
    method: known,
    ...bodyOf(request.value),
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.isOk()) {
    return outcomeOf(answer.value.status);
  }
  const { type, mayHaveArrived } = answer.error;
  if (mayHaveArrived) {
    return {
      type: "unknown",
      sentence: `The webhook was sent the request and did not answer (${type}).`,
    };
  }
  return type === "BadUrl" ||
    type === "BadHeader" ||
    type === "AddressNotAllowed"
    ? notSent(`The request cannot be sent (${type}): check the template.`)
    : {
        type: "notTaken",
        sentence: `The webhook could not be reached (${type}).`,
      };
}
