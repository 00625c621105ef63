// Signing in with the one password of single-tenant mode, and out again. Owns the check of the password and that guessing is
// slow; the cookie's form and key belong to buildApp/sessionCookie.ts.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { constantTimeEquals } from "backend-lib/src/crypto";
import { type FastifyInstance } from "fastify";
import {
  EmptyResponse,
  SingleTenantLoginRequest,
} from "isomorphic-lib/src/types";

import { createAttemptLimiter } from "../buildApp/attemptLimiter";
import { refuse } from "../buildApp/errorReply";

export interface SingleTenantControllerOptions {
  readonly password: string;
}

const SIGN_IN_PAGE = "/dashboard/auth/single-tenant";

export default async function singleTenantController(
  fastify: FastifyInstance,
  { password }: SingleTenantControllerOptions,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();
  const attempts = createAttemptLimiter();

  app.post(
    "/login",
    {
      schema: {
        summary: "Sign in with the password",
        description:
          "Single-tenant mode only. Sets a session cookie for 14 days. After five wrong passwords from one address within a minute: 429 with Retry-After.",
        tags: ["Session"],
        body: SingleTenantLoginRequest,
        response: { 200: EmptyResponse },
      },
      config: { quota: "none" },
    },
    async (request, reply) => {
      const retryAfterSeconds = attempts.blockedForSeconds(request.ip);
      if (retryAfterSeconds > 0) {
        return refuse(reply, {
          type: "TooManyAttempts",
          message: "Too many wrong passwords: wait before you try again.",
          retryAfterSeconds,
        });
      }
      if (!constantTimeEquals(request.body.password, password)) {
        attempts.recordFailure(request.ip);
        return reply.status(401).send({ error: "Invalid password" });
      }
      attempts.forget(request.ip);
      request.session.set("signedIn", true);
      return reply.status(200).send();
    },
  );

  app.get(
    "/signout",
    {
      schema: {
        summary: "Sign out",
        description:
          "Removes the session cookie and leads to the sign-in page.",
        tags: ["Session"],
      },
    },
    async (request, reply) => {
      request.session.delete();
      return reply.redirect(SIGN_IN_PAGE, 302);
    },
  );
}
