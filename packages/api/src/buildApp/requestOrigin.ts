// Keeps pages of other sites from acting through a visitor's browser where a request needs no token: in anonymous mode on
// the visitor's own machine, and with a session cookie. Owns the two checks; tokens and keys need neither, since no page
// can make a browser add them.

import { type Config } from "backend-lib/src/config";
import { type FastifyRequest } from "fastify";

import { type BoundaryError } from "./errorReply";

export type OriginSettings = Pick<
  Config,
  "authMode" | "allowAnonymousRemote" | "host"
>;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** True when the page that made the request came from another host or port than it asks; browsers always say. */
function isFromElsewhere(origin: string | undefined, host: string | undefined) {
  return (
    origin !== undefined &&
    (!URL.canParse(origin) || new URL(origin).host !== host)
  );
}

/**
 * Refuses a request that a page of another site started (browsers say so in Sec-Fetch-Site or, over plain HTTP, only in
 * Origin, and pages can forge neither), and, where anonymous mode serves this machine only, one for a name that is not this machine's: that is how DNS
 * rebinding looks.
 */
export function refusalOfOrigin(
  { headers, hostname }: Pick<FastifyRequest, "headers" | "hostname">,
  { authMode, allowAnonymousRemote, host }: OriginSettings,
): BoundaryError | null {
  if (authMode === "multi-tenant") {
    return null;
  }
  if (
    headers["sec-fetch-site"] === "cross-site" ||
    isFromElsewhere(headers.origin, headers.host)
  ) {
    return {
      type: "ForeignOrigin",
      message: "Pages of other sites may not use this API.",
    };
  }
  const isExpectedHost = LOOPBACK.test(hostname) || hostname === host;
  return authMode === "anonymous" && !allowAnonymousRemote && !isExpectedHost
    ? {
        type: "ForeignOrigin",
        message:
          "In anonymous mode this server answers to localhost only, unless ALLOW_ANONYMOUS_REMOTE is true.",
      }
    : null;
}
