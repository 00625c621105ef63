// Breaking off a statement from outside: a line of its own on which the server is told whose. Owns that message. Goes through a
// pooler too, which pg_cancel_backend would not: there the process id is the pooler's. Source: PostgreSQL manual, "Message
// Flow", Canceling Requests in Progress.

import net from "node:net";

const CANCEL_REQUEST = 80_877_102;
const TIMEOUT_MS = 1_000;

/** Where the connection goes, and by what the server knows it; node-postgres has these, its types do not. */
function identityOf(client: object) {
  const of = (name: string): unknown => Reflect.get(client, name);
  return {
    host: of("host"),
    port: of("port"),
    processId: of("processID"),
    secret: of("secretKey"),
  };
}

/**
 * Asks the server to cancel what `client` runs. Resolves when it was asked, or could not be: whether there was anything to
 * cancel the server does not say, so the caller has to look.
 */
export async function requestCancel(client: object): Promise<void> {
  const { host, port, processId, secret } = identityOf(client);
  if (
    typeof host !== "string" ||
    typeof port !== "number" ||
    typeof processId !== "number" ||
    typeof secret !== "number"
  ) {
    return;
  }
  const message = Buffer.alloc(16);
  [message.length, CANCEL_REQUEST, processId, secret].forEach((word, at) =>
    message.writeInt32BE(word, at * 4),
  );
  const target = host.startsWith("/")
    ? { path: `${host}/.s.PGSQL.${port}` }
    : { host, port };
  await new Promise<void>((resolve) => {
    const socket = net.connect(target, () => socket.end(message));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on("error", () => undefined); // the caller closes the connection, then
    socket.on("close", () => resolve());
  });
}
