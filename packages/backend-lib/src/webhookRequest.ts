// A request to an address that a customer named. Owns that it cannot be turned against the host's own network (server-side
// request forgery), and that it ends: the time, the answer and the number of requests (one) are bounded. Leaves what is
// sent, how it is signed and whether it is tried again to the caller.

import { err, ok, type Result } from "neverthrow";

import { config } from "./config";
import { runExchange, type WebhookAnswer } from "./webhookRequest/exchange";
import { type WebhookFailure } from "./webhookRequest/failure";
import {
  isPublicAddress,
  literalAddress,
  type Lookup,
  notAllowed,
  parseTarget,
  resolveTarget,
  systemLookup,
} from "./webhookRequest/target";

export { type WebhookAnswer } from "./webhookRequest/exchange";
export { type WebhookFailure } from "./webhookRequest/failure";
export { isPublicAddress, type Lookup } from "./webhookRequest/target";

export interface WebhookRequest {
  readonly url: string;
  readonly method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT";
  /** Without those that say how a message is carried, as Host and Content-Length: Err BadHeader. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8. */
  readonly body: string;
  /** For all of it, from the name to the end of the answer. Default: 15 seconds. */
  readonly timeoutMs?: number;
}

export interface WebhookRequestNeeds {
  readonly lookup?: Lookup;
  readonly isPrivateAllowed?: boolean;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const LONGEST_CONNECT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Whether a webhook may have this URL, so far as can be told without asking anyone: Err BadUrl, or AddressNotAllowed when
 * it is written as a private address. Where a name leads is looked at each time something is sent.
 */
export function validateWebhookUrl(
  text: string,
  {
    isPrivateAllowed = config().webhookAllowPrivateAddresses,
  }: { readonly isPrivateAllowed?: boolean } = {},
): Result<URL, WebhookFailure> {
  return parseTarget(text).andThen((url) => {
    const literal = literalAddress(url);
    return literal === undefined ||
      isPrivateAllowed ||
      isPublicAddress(literal.address)
      ? ok(url)
      : err(notAllowed(url));
  });
}

/** Rejects never: waits for `work`, but not longer than until the deadline. */
async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends one request, once, and answers what came back: any status, also a redirect, which is not followed, and the first
 * 64 KiB of the answer. The connection goes to the addresses that were checked. Err when there was no answer; only if its
 * `mayHaveArrived` is false has the receiver certainly not seen the request.
 */
export async function sendWebhook(
  {
    url: text,
    method,
    headers,
    body,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  }: WebhookRequest,
  {
    lookup = systemLookup,
    isPrivateAllowed = config().webhookAllowPrivateAddresses,
  }: WebhookRequestNeeds = {},
): Promise<Result<WebhookAnswer, WebhookFailure>> {
  const url = parseTarget(text);
  if (url.isErr()) {
    return err(url.error);
  }
  const connectTimeoutMs = Math.min(timeoutMs, LONGEST_CONNECT_MS);
  const startedAt = performance.now();
  const addresses = await within(
    resolveTarget(url.value, { lookup, isPrivateAllowed }),
    connectTimeoutMs,
  );
  if (addresses === null) {
    return err({
      type: "TimedOut",
      message: `The name server did not say in time where ${url.value.hostname} is. Check the webhook's URL.`,
      mayHaveArrived: false,
    });
  }
  if (addresses.isErr()) {
    return err(addresses.error);
  }
  const spentMs = performance.now() - startedAt;
  return runExchange({
    url: url.value,
    addresses: addresses.value,
    method,
    headers,
    body: Buffer.from(body, "utf8"),
    connectTimeoutMs: Math.max(connectTimeoutMs - spentMs, 1),
    timeoutMs: Math.max(timeoutMs - spentMs, 1),
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
}
