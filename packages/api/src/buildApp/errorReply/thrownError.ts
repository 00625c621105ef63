// Looks at what was thrown: whether the database is to blame, and whether to try again helps. What of it may be logged is
// the logger's business.

import { databaseError } from "backend-lib/src/db";
import { causes } from "backend-lib/src/logger";
import {
  PoolRefusal,
  type PoolRefusalType,
} from "backend-lib/src/multitenancy/connectionPool";

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

/** What the pool refused the work with, also when the query builder has wrapped it. */
export function poolRefusal(error: unknown):
  | {
      readonly type: PoolRefusalType;
      readonly message: string;
      readonly retryAfterSeconds: number;
    }
  | undefined {
  const refusal = causes(error).find((each) => each instanceof PoolRefusal);
  return refusal === undefined
    ? undefined
    : {
        type: refusal.name,
        message: refusal.message,
        retryAfterSeconds: refusal.retryAfterSeconds,
      };
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
