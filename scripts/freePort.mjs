// Ports of this machine: which are free, and one that is.
import net from "node:net";

/**
 * Whether a server could listen there now.
 * @param {number} port
 * @param {string} host
 * @returns {Promise<{ isFree: true } | { isFree: false, code: string }>}
 */
export function tryPort(port, host = "127.0.0.1") {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve({ isFree: false, code: error.code ?? error.message }),
    );
    server.listen({ port, host, exclusive: true }, () =>
      server.close(() => resolve({ isFree: true })),
    );
  });
}

/**
 * The preferred port if it is free, else one that the system chose. Another program may still take it first: callers
 * try again with another when their server then says that the address is in use.
 * @param {number} [preferred]
 * @returns {Promise<number>}
 */
export async function freePort(preferred) {
  if (preferred && (await tryPort(preferred)).isFree) return preferred;
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port =
        address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
