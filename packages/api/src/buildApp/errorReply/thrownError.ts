// Looks at what was thrown: whether the database is to blame, and what of it may be logged. Owns that no query's
// parameters reach the log; they hold keys, traits and addresses.

import { databaseError } from "backend-lib/src/db";

/** SQLSTATEs that a later try may not meet: connection lost, server starting or stopping or full. Not 08P01: the server
 *  could not read what we sent, and would not the next time. */
const TRANSIENT = /^(?:08(?!P01)|57P0|53)/;

/** query_canceled: the statement took longer than it may. */
const TOO_SLOW = "57014";

const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
]);

/** node-postgres gives these no code. */
const CONNECTION_LOST =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Connection terminated due to connection timeout)/;

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let current = error;
  while (current instanceof Error && !chain.includes(current)) {
    chain.push(current);
    current = current.cause;
  }
  return chain;
}

/** True when the database cannot be reached or cannot answer now, so that trying again makes sense. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const sqlState = databaseError(error)?.code;
  if (sqlState !== undefined) {
    return TRANSIENT.test(sqlState);
  }
  return causes(error).some(
    (each) =>
      CONNECTION_LOST.test(each.message) ||
      ("code" in each &&
        typeof each.code === "string" &&
        NETWORK_CODES.has(each.code)),
  );
}

/** True when the database gave up on a statement for the time it took: the same request would most likely take as long. */
export function isTooSlow(error: unknown): boolean {
  return databaseError(error)?.code === TOO_SLOW;
}

/** Where it was thrown, without the message: the query builder's one holds the statement and its parameters. */
function framesOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .join("\n");
}

/** What the log may hold of an error. */
export function loggableError(error: unknown): object {
  const fromDatabase = databaseError(error);
  const [outer] = causes(error);
  if (fromDatabase !== undefined) {
    const { code, severity, table, constraint, routine } = fromDatabase;
    return {
      type: "DatabaseError",
      code,
      severity,
      table,
      constraint,
      routine,
      stack: framesOf(outer ?? fromDatabase),
    };
  }
  const inner = causes(error).at(-1);
  return inner === undefined
    ? { type: typeof error }
    : { type: inner.name, message: inner.message, stack: framesOf(inner) };
}
