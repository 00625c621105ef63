// Stands between processes and the database on the connections by which they hear of changes, and can stop forwarding without
// closing anything, as a network does that fails in silence. A process of its own; owns the lines, and nothing of when.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** `deaf`: what the server says is not forwarded. `hung`: nothing is. `cut`: what is open is broken off, and flows on. */
export type LineState = "flowing" | "deaf" | "hung" | "cut";

export interface LineProxy {
  /** The URL by the line of this number. */
  through(url: string, line: number): string;
  set(line: number, state: LineState): void;
  stop(): Promise<void>;
}

const THIS_FILE = fileURLToPath(import.meta.url);
const LOADER = new URL("../../../../scripts/asShipped.mjs", import.meta.url)
  .href;

interface Pair {
  readonly client: net.Socket;
  readonly upstream: net.Socket;
}

function serveLine(host: string, port: number) {
  const pairs = new Set<Pair>();
  let state: LineState = "flowing";
  const apply = ({ client, upstream }: Pair) => {
    if (state === "hung") {
      client.pause();
    } else {
      client.resume();
    }
    if (state === "hung" || state === "deaf") {
      upstream.pause();
    } else {
      upstream.resume();
    }
  };
  const server = net.createServer((client) => {
    const upstream = net.connect({ host, port });
    const pair = { client, upstream };
    pairs.add(pair);
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => client.write(data));
    [client, upstream].forEach((socket) => {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    });
    apply(pair);
  });
  return {
    server,
    set(next: LineState) {
      state = next === "cut" ? "flowing" : next;
      pairs.forEach((pair) => {
        if (next === "cut") {
          pair.client.destroy();
        } else {
          apply(pair);
        }
      });
    },
  };
}

async function serve(host: string, port: number, count: number) {
  const lines = Array.from({ length: count }, () => serveLine(host, port));
  const ports: number[] = [];
  for (const { server } of lines) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    ports.push(typeof address === "object" ? (address?.port ?? 0) : 0);
  }
  process.on("message", ([line, state]: [number, LineState]) =>
    lines[line]?.set(state),
  );
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => undefined); // the parent decides
  process.send?.(ports);
}

async function firstMessage(child: ChildProcess): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("The proxy ended early.")));
    child.once("message", (message) =>
      resolve(Array.isArray(message) ? message.map(Number) : []),
    );
  });
}

/** Starts a proxy with so many lines to the server of `url`. It ends with this process. */
export async function startLineProxy(
  url: string,
  lines: number,
): Promise<LineProxy> {
  const { hostname, port } = new URL(url);
  const child = fork(
    THIS_FILE,
    [hostname, port === "" ? "5432" : port, String(lines)],
    { execArgv: ["--import", LOADER] },
  );
  const ports = await firstMessage(child);
  return {
    through: (other, line) => {
      const proxied = new URL(other);
      proxied.hostname = "127.0.0.1";
      proxied.port = String(ports[line] ?? 0);
      return proxied.href;
    },
    set: (line, state) => {
      child.send([line, state]);
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

if (process.argv[1] === THIS_FILE) {
  const [host = "", port = "", lines = ""] = process.argv.slice(2);
  await serve(host, Number(port), Number(lines));
}
