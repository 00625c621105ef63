// A network for benchmarks: a TCP proxy on this machine that holds back every piece of data for a while in either
// direction. Owns the delay and measuring what it comes to. It is a process of its own, for on the client's event loop it
// would wait for the client's work and not for time.

import { type ChildProcess, fork } from "node:child_process";
import net from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";

import pg from "pg";

export interface LatencyProxy {
  /** The URL, through the proxy. */
  through(url: string): string;
  stop(): Promise<void>;
}

interface Held {
  readonly due: number;
  readonly deliver: () => void;
}

const THIS_FILE = fileURLToPath(import.meta.url);

/** Data that comes while the proxy naps is seen at the end of the nap: that much a delay may be off. */
const NAP_MS = 0.05;

/** What is held back, in order of arrival, which is the order of delivery: the delay is the same for all. */
class Line {
  readonly #held: Held[] = [];

  readonly #delayMs: number;

  readonly #bed = new Int32Array(new SharedArrayBuffer(4));

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  hold(deliver: () => void): void {
    this.#held.push({ due: performance.now() + this.#delayMs, deliver });
    if (this.#held.length === 1) {
      setImmediate(() => this.#watch());
    }
  }

  /** setTimeout knows whole milliseconds only: so naps, each followed by a look at the sockets, until all is delivered. */
  #watch(): void {
    const now = performance.now();
    while (this.#held[0] !== undefined && this.#held[0].due <= now) {
      this.#held.shift()?.deliver();
    }
    const next = this.#held[0];
    if (next === undefined) {
      return;
    }
    const left = next.due - performance.now();
    if (left > 0) {
      Atomics.wait(this.#bed, 0, 0, Math.min(left, NAP_MS));
    }
    setImmediate(() => this.#watch());
  }
}

function serve(host: string, port: number, oneWayMs: number): void {
  const line = new Line(oneWayMs);
  const join = (from: net.Socket, to: net.Socket) => {
    from.setNoDelay(true);
    from.on("data", (data) => line.hold(() => to.write(data)));
    from.on("end", () => line.hold(() => to.end()));
    from.on("error", () => to.destroy());
    from.on("close", () => line.hold(() => to.destroy()));
  };
  const server = net.createServer((client) => {
    const upstream = net.connect({ host, port });
    join(client, upstream);
    join(upstream, client);
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.({
      port: typeof address === "object" && address !== null ? address.port : 0,
    });
  });
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => undefined); // the parent decides, and its going is what we listen for
}

function portOf(message: unknown): number | undefined {
  return typeof message === "object" &&
    message !== null &&
    "port" in message &&
    typeof message.port === "number"
    ? message.port
    : undefined;
}

async function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("The proxy ended early.")));
    child.on("message", (message) => {
      const port = portOf(message);
      if (port !== undefined) {
        resolve(port);
      }
    });
  });
}

/** Starts a proxy before the server of `url`; half of `roundTripMs` is spent each way. It ends with this process. */
export async function startLatencyProxy(
  url: string,
  roundTripMs: number,
): Promise<LatencyProxy> {
  const { hostname, port } = new URL(url);
  const child = fork(THIS_FILE, [
    hostname,
    port === "" ? "5432" : port,
    String(roundTripMs / 2),
  ]);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const ownPort = await listening(child);
  return {
    through: (other) => {
      const proxied = new URL(other);
      proxied.hostname = "127.0.0.1";
      proxied.port = String(ownPort);
      return proxied.href;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

/** Median milliseconds of the shortest exchange with a server: an empty query. */
export async function measureRoundTrip(
  url: string,
  times = 200,
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const taken: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const startedAt = performance.now();
    await client.query("");
    taken.push(performance.now() - startedAt);
  }
  await client.end();
  taken.sort((a, b) => a - b);
  return taken[Math.floor(times / 2)] ?? 0;
}

if (process.argv[1] === THIS_FILE) {
  const [host = "", port = "", oneWayMs = ""] = process.argv.slice(2);
  serve(host, Number(port), Number(oneWayMs));
}
