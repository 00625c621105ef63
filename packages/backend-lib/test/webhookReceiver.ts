// A real receiver of webhooks on loopback, which checks signatures as a customer's does, with the reference library of Standard
// Webhooks. Owns the server and what it saw; WEBHOOK_ALLOW_PRIVATE_ADDRESSES has to be true for anything to reach it.

import { createServer, type IncomingHttpHeaders, type Server } from "node:http";

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach } from "vitest";

export interface ReceivedEvent {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, once its signature was found good; undefined when it was not. */
  readonly event: unknown;
}

export interface WebhookReceiver {
  readonly url: string;
  /** In the order of their coming; emptied before each test. */
  readonly received: ReceivedEvent[];
  /** The secret that signatures are checked with. */
  secret: string;
  /** The status to answer with, by how many have come: 200 unless a test says otherwise. */
  answer: (times: number) => number | Promise<number>;
  /** Nobody listens from then on, until up(). */
  down(): Promise<void>;
  up(): Promise<void>;
}

function verified(
  secret: string,
  body: string,
  headers: IncomingHttpHeaders,
): unknown {
  try {
    return new Webhook(secret).verify(body, {
      "webhook-id": String(headers["webhook-id"]),
      "webhook-timestamp": String(headers["webhook-timestamp"]),
      "webhook-signature": String(headers["webhook-signature"]),
    });
  } catch {
    return undefined;
  }
}

/** Registers the receiver with Vitest's hooks; it is up before each test. */
export function useWebhookReceiver(): WebhookReceiver {
  let port = 0;
  let server: Server | undefined;

  const receiver: WebhookReceiver = {
    get url() {
      return `http://127.0.0.1:${port}/hook?of=quotas`;
    },
    received: [],
    secret: "",
    answer: () => 200,
    async down() {
      const closing = server;
      server = undefined;
      await new Promise<void>((resolve) => {
        if (closing === undefined) {
          resolve();
          return;
        }
        closing.close(() => {
          resolve();
        });
        closing.closeAllConnections();
      });
    },
    async up() {
      if (server !== undefined) {
        return;
      }
      const opened = createServer((request, reply) => {
        let body = "";
        request.setEncoding("utf8");
        request.on("data", (part: string) => {
          body += part;
        });
        request.on("end", () => {
          const { headers } = request;
          receiver.received.push({
            id: String(headers["webhook-id"]),
            headers,
            body,
            event: verified(receiver.secret, body, headers),
          });
          void Promise.resolve(receiver.answer(receiver.received.length)).then(
            (status) => {
              reply.statusCode = status;
              reply.end("seen");
            },
          );
        });
      });
      server = opened;
      await new Promise<void>((resolve, reject) => {
        opened.once("error", reject);
        opened.listen(port, "127.0.0.1", resolve);
      });
      const address = opened.address();
      if (address !== null && typeof address === "object") {
        port = address.port;
      }
    },
  };

  beforeAll(() => receiver.up());
  beforeEach(async () => {
    await receiver.up();
    receiver.received.length = 0;
    receiver.answer = () => 200;
  });
  afterAll(() => receiver.down());
  return receiver;
}
