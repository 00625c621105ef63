// A TCP relay between the driver and the server that reads the wire protocol as it passes: what a test needs to count
// round trips instead of believing in them. Owns the counting; it changes nothing that it relays.
// Source: PostgreSQL manual, "Message Formats".

import net from "node:net";

export interface WireCounts {
  /** Messages of the client that end a unit and make it wait: Sync, and simple Query. One each is one round trip. */
  roundTrips: number;
  /** Types of the client's messages, in order: P(arse), B(ind), D(escribe), E(xecute), S(ync), Q(uery), … */
  messages: string;
}

export interface WireTap {
  /** The database URL, through the relay. */
  readonly url: string;
  /** What was counted since the last call, which begins anew. */
  take(): WireCounts;
  close(): Promise<void>;
}

/** Reads complete frontend messages out of a stream of chunks; the first message of a connection has no type byte. */
function frontendReader(
  onMessage: (type: string) => void,
): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const header = started ? 1 : 0;
      if (pending.length < header + 4) {
        return;
      }
      const length = header + pending.readInt32BE(header);
      if (pending.length < length) {
        return;
      }
      if (started) {
        onMessage(pending.toString("latin1", 0, 1));
      }
      started = true;
      pending = pending.subarray(length);
    }
  };
}

export async function tapWire(databaseUrl: string): Promise<WireTap> {
  const target = new URL(databaseUrl);
  const { hostname, port } = target;
  let counts: WireCounts = { roundTrips: 0, messages: "" };
  const sockets = new Set<net.Socket>();

  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    sockets.add(client).add(upstream);
    const read = frontendReader((type) => {
      counts.messages += type;
      if (type === "S" || type === "Q") {
        counts.roundTrips += 1;
      }
    });
    client.on("data", read);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the relay has no port");
  }
  target.hostname = "127.0.0.1";
  target.port = String(address.port);

  return {
    url: target.toString(),
    take() {
      const taken = counts;
      counts = { roundTrips: 0, messages: "" };
      return taken;
    },
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
