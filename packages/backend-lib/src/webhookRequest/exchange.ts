// One request and its answer over HTTP. Owns that the connection goes to one of the addresses that were checked, whatever the
// name says by now, that no redirect is followed, and that time and answer are bounded. Leaves what may be reached to target.ts.

import {
  type ClientRequest,
  type IncomingMessage,
  request as overHttp,
} from "node:http";
import { request as overHttps } from "node:https";
import { type LookupFunction } from "node:net";

import { err, ok, type Result } from "neverthrow";

import { type WebhookFailure } from "./failure";
import { type Addresses, hostOf, literalAddress } from "./target";

export interface WebhookAnswer {
  readonly status: number;
  /** As much as came within the bounds; without NULs, which the database does not store. */
  readonly bodyText: string;
}

export interface Exchange {
  readonly url: URL;
  readonly addresses: Addresses;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Until there is a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** For all of it. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

/** Headers that say how a message is carried are not the caller's. */
const NOT_TO_BE_SET = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Answers the addresses that were checked, whatever is asked: a name cannot lead elsewhere in between. */
function pinnedTo(addresses: Addresses): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true || first === undefined) {
      callback(null, [...addresses]);
    } else {
      callback(null, first.address, first.family);
    }
  };
}

function open(
  exchange: Exchange,
  signal: AbortSignal,
): Result<ClientRequest, WebhookFailure> {
  const { url, addresses, method, headers, body } = exchange;
  const forbidden = Object.keys(headers).find((name) => {
    const lowerCase = name.toLowerCase();
    return NOT_TO_BE_SET.has(lowerCase) || lowerCase.startsWith("proxy-");
  });
  if (forbidden !== undefined) {
    return err(badHeader(`The header ${forbidden} cannot be set.`));
  }
  const isSecure = url.protocol === "https:";
  try {
    const request = (isSecure ? overHttps : overHttp)({
      protocol: url.protocol,
      hostname: hostOf(url),
      port: url.port === "" ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...headers, "content-length": String(body.byteLength) },
      lookup: pinnedTo(addresses),
      agent: false, // a connection of its own: one that is kept may have been opened for another name
      signal,
      ...(literalAddress(url) === undefined
        ? { servername: url.hostname }
        : {}),
    });
    return ok(request);
  } catch {
    return err(badHeader("A header has a character that cannot be sent."));
  }
}

function badHeader(reason: string): WebhookFailure {
  return {
    type: "BadHeader",
    message: `${reason} Leave it out, or write it in plain letters.`,
    mayHaveArrived: false,
  };
}

/** Reads the answer up to its end or the bound. What breaks it off is no failure: the status has been said. */
async function read(
  answer: IncomingMessage,
  maxBytes: number,
): Promise<WebhookAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      if (Buffer.isBuffer(chunk)) {
        chunks.push(chunk);
        bytes += chunk.byteLength;
      }
      if (bytes >= maxBytes) {
        break;
      }
    }
  } catch {
    // cut off by the other side, or by the time
  }
  return {
    status: answer.statusCode ?? 0,
    bodyText: Buffer.concat(chunks)
      .subarray(0, maxBytes)
      .toString("utf8")
      .replaceAll("\u0000", "\uFFFD"),
  };
}

/** What a broken request means; until it was connected nothing of it was sent. */
function failureOf(
  { url, timeoutMs }: Exchange,
  { isConnected, isLate }: { isConnected: boolean; isLate: boolean },
): WebhookFailure {
  const host = hostOf(url);
  if (isLate) {
    return {
      type: "TimedOut",
      message: isConnected
        ? `${host} did not answer within ${timeoutMs / 1_000} seconds. Let it answer first and work afterwards.`
        : `${host} took no connection in time. Check that it is up and can be reached.`,
      mayHaveArrived: isConnected,
    };
  }
  return isConnected
    ? {
        type: "ConnectionLost",
        message: `${host} ended the connection without an answer in HTTP. Check what listens there.`,
        mayHaveArrived: true,
      }
    : {
        type: "ConnectFailed",
        message: `No connection to ${host}. Check that it is up, can be reached, and has a valid certificate.`,
        mayHaveArrived: false,
      };
}

/** Sends the request once and answers what came back, of whatever status. */
export async function runExchange(
  exchange: Exchange,
): Promise<Result<WebhookAnswer, WebhookFailure>> {
  const abort = new AbortController();
  let isConnected = false;
  let isLate = false;
  const giveUp = () => {
    isLate = true;
    abort.abort();
  };
  const opened = open(exchange, abort.signal);
  if (opened.isErr()) {
    return err(opened.error);
  }
  const request = opened.value;
  const timers = [
    setTimeout(giveUp, exchange.timeoutMs),
    setTimeout(() => {
      if (!isConnected) {
        giveUp();
      }
    }, exchange.connectTimeoutMs),
  ];
  const connected =
    exchange.url.protocol === "https:" ? "secureConnect" : "connect";
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on("response", resolve);
      request.on("error", reject);
      request.on("socket", (socket) => {
        socket.once(connected, () => {
          isConnected = true;
        });
      });
      request.end(exchange.body);
    });
    return ok(await read(answer, exchange.maxAnswerBytes));
  } catch {
    return err(failureOf(exchange, { isConnected, isLate }));
  } finally {
    timers.forEach(clearTimeout);
    request.destroy();
  }
}
