// The id that ties a request's log line, its database statements and its answer together. Owns which ids of clients are
// taken over; everything else gets a new one.

import { randomUUID } from "node:crypto";
import { type IncomingMessage } from "node:http";

export const REQUEST_ID_HEADER = "x-request-id";

const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The client's own id when it is short and plain, else a new UUID. */
export function requestIdOf({
  headers,
}: Pick<IncomingMessage, "headers">): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === "string" && SANE.test(given) ? given : randomUUID();
}
