// Headers that tell browsers what may be done with our answers: content security policy, framing, sniffing, CORS, caching.
// Owns the policy; which scripts of a page it lets run is worked out by dashboard.ts.

import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import { type Config } from "backend-lib/src/config";
import { type FastifyInstance } from "fastify";

/** `scripts` are the sources of scripts allowed besides our own files, such as hashes of inline ones. */
export function contentSecurityPolicy(scripts: readonly string[] = []): string {
  const directives: Readonly<Record<string, readonly string[]>> = {
    "default-src": ["'self'"],
    "script-src": ["'self'", ...scripts],
    "script-src-attr": ["'none'"],
    // Emotion writes its styles into the page while it runs.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "https:"], // members' pictures are at their identity provider
    "font-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "frame-src": ["'self'", "data:", "blob:"], // previews of messages
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

/** Registers the headers for every answer, and CORS as Dittofeed has it: any origin, no credentials. */
export async function useSecurityHeaders(
  app: FastifyInstance,
  { sessionCookieSecure }: Pick<Config, "sessionCookieSecure">,
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: false, // set below, where a page can have its own
    // Only a deployment behind HTTPS, which says so by its cookies, may ask browsers to insist on it.
    strictTransportSecurity: sessionCookieSecure,
    crossOriginResourcePolicy: { policy: "same-site" },
    referrerPolicy: { policy: "same-origin" },
  });
  await app.register(cors, {
    origin: "*",
    methods: "*",
    allowedHeaders: ["*", "Authorization"], // "*" does not cover Authorization (Fetch standard, CORS protocol)
    exposedHeaders: [
      "Cache-Status",
      "Content-Disposition",
      "ETag",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
    ],
  });
  app.addHook("onSend", async (request, reply) => {
    if (!reply.hasHeader("content-security-policy")) {
      reply.header("content-security-policy", contentSecurityPolicy());
    }
    if (request.url.startsWith("/api") && !reply.hasHeader("cache-control")) {
      reply.header("cache-control", "no-store");
    }
  });
}
