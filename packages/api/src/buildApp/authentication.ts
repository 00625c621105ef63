// Who is calling: hooks that read the credentials of /api, /api/admin and /api/public/apps and refuse with 401. Owns which
// header or cookie counts where. Leaves looking keys and members up to backend-lib, and the workspace to requestContext.ts.

import {
  type Caller,
  createSessionAuthenticator,
  type SessionSettings,
} from "backend-lib/src/requestContext";
import { type FastifyRequest, type preHandlerAsyncHookHandler } from "fastify";

import { refuse } from "./errorReply";
import { type OriginSettings, refusalOfOrigin } from "./requestOrigin";

export type AuthenticationSettings = SessionSettings & OriginSettings;

const callers = new WeakMap<FastifyRequest, Caller>();

/** The caller that the hook below let pass. Throws where that hook does not run. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) {
    throw new Error("This route is not behind session authentication.");
  }
  return caller;
}

/** True when the cookie says that the password was given; only single-tenant mode has such cookies. */
function isSignedIn(
  request: FastifyRequest,
  settings: SessionSettings,
): boolean {
  return (
    settings.authMode === "single-tenant" &&
    request.session.get("signedIn") === true
  );
}

/**
 * The hook for /api: by auth mode everybody, the holder of the session cookie, or a member with a verified token passes.
 * Without a token, pages of other sites are kept out, since a browser would send the request for them.
 */
export function sessionAuthentication(
  settings: AuthenticationSettings,
): preHandlerAsyncHookHandler {
  const authenticate = createSessionAuthenticator(settings);
  return async (request, reply) => {
    const foreign = refusalOfOrigin(request, settings);
    if (foreign !== null) {
      return refuse(reply, foreign);
    }
    const caller = await authenticate({
      authorization: request.headers.authorization,
      isSignedIn: isSignedIn(request, settings),
    });
    if (caller.isErr()) {
      return refuse(reply, caller.error);
    }
    callers.set(request, caller.value);
    return undefined;
  };
}
