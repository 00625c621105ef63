// Sends requests over HTTP, so many under way at once, and says how long they took. Rejects when one is not answered as it should.

import { Agent, request } from "node:http";

import { median, quantile } from "backend-lib/bench/benchReport";

import { type Asked } from "./requests";

const STREAMS = 32;

async function send(
  address: string,
  agent: Agent,
  { method, path, headers, body }: Asked,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${address}/api/admin${path}`,
      { method, headers, agent },
      (answer) => {
        const { statusCode = 0 } = answer;
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          statusCode === 200
            ? resolve()
            : reject(
                new Error(
                  `${method} ${path}: ${statusCode} ${Buffer.concat(chunks).toString()}`,
                ),
              ),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

export interface Took {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends them all, to the addresses in turns. */
export async function sendAll(
  addresses: readonly string[],
  asked: readonly Asked[],
): Promise<Took> {
  const agent = new Agent({ keepAlive: true, maxSockets: STREAMS });
  const latencies: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      for (let at = next; at < asked.length; at = next) {
        next += 1;
        const one = asked[at];
        if (one !== undefined) {
          const from = performance.now();
          await send(addresses[at % addresses.length] ?? "", agent, one);
          latencies.push(performance.now() - from);
        }
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return {
    perSecond: asked.length / seconds,
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
  };
}
