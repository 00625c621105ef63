// The cookie of single-tenant mode: encrypted, unreadable to scripts, not sent along by other sites. Owns its flags and how
// its key follows from SECRET_KEY and PASSWORD. What ends a session is said at useSessionCookie().

import { createHash, hkdfSync } from "node:crypto";

import secureSession from "@fastify/secure-session";
import { type FastifyInstance } from "fastify";

const LIFETIME_SECONDS = 14 * 24 * 60 * 60;
const KEY_BYTES = 32;

declare module "@fastify/secure-session" {
  interface SessionData {
    signedIn: boolean;
  }
}

/** A key of its own for this purpose: the same secret also protects other things. */
function sessionKey(secretKey: string, password: string): Buffer {
  const secret = Buffer.from(secretKey, "base64");
  if (secret.length < KEY_BYTES) {
    throw new Error(
      "SECRET_KEY must be the base64 of 32 random bytes or more.",
    );
  }
  const salt = createHash("sha256").update(password, "utf8").digest();
  return Buffer.from(
    hkdfSync("sha256", secret, salt, "dittofeed session cookie", KEY_BYTES),
  );
}

/**
 * Gives requests their `session`. Throws when SECRET_KEY is too short. The cookie is the whole session, the server keeps no
 * list of them: signing out makes the browser forget it, but a copy of it is good until its 14 days are over. Another
 * PASSWORD or SECRET_KEY ends every session at once.
 */
export async function useSessionCookie(
  app: FastifyInstance,
  settings: {
    readonly secretKey: string;
    readonly password: string;
    readonly sessionCookieSecure: boolean;
  },
): Promise<void> {
  await app.register(secureSession, {
    key: sessionKey(settings.secretKey, settings.password),
    expiry: LIFETIME_SECONDS,
    cookie: {
      path: "/",
      maxAge: LIFETIME_SECONDS,
      httpOnly: true,
      sameSite: "lax",
      secure: settings.sessionCookieSecure,
    },
  });
}
