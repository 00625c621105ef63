// Tokens of an identity provider. Owns their verification: signature with a pinned algorithm, expiry, issuer, audience,
// and the claims we need. Dittofeed decodes tokens without verifying them; here nothing unverified is ever read.

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import {
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { logger } from "../logger";

export interface JwtSettings {
  /** Shared secret of HS256 tokens. */
  readonly jwtSecret?: string | undefined;
  /** Where the provider publishes its keys, for RS256 and ES256 tokens. */
  readonly jwksUrl?: string | undefined;
  readonly jwtIssuer?: string | undefined;
  readonly jwtAudience?: string | undefined;
}

/** What a verified token says of its holder. */
export interface JwtProfile {
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name?: string;
  readonly nickname?: string;
  readonly picture?: string;
}

export interface JwtVerificationError {
  readonly type: "NotAuthenticated" | "IdentityProviderUnavailable";
  readonly message: string;
}

export type JwtVerifier = (
  token: string,
) => Promise<Result<JwtProfile, JwtVerificationError>>;

const TOLERANCE_SECONDS = 5; // two machines' clocks differ a little
const KEYS_TIMEOUT_MS = 5_000;
const KEYS_MAX_AGE_MS = 10 * 60_000;
const KEYS_COOLDOWN_MS = 30_000; // a token with an unknown key id makes us ask at most this often

/** Postgres keeps no NUL in a text. */
const text = (bounds: { minLength?: number; maxLength: number }) =>
  Type.String({ pattern: "^[^\\u0000]*$", ...bounds });

const Claims = Type.Object({
  // Verified by then as a time to come; a number beyond all times would make a token that never ends.
  exp: Type.Integer({ maximum: Number.MAX_SAFE_INTEGER }),
  sub: text({ minLength: 1, maxLength: 255 }),
  email: text({ minLength: 3, maxLength: 254 }),
  email_verified: Type.Union([
    Type.Boolean(),
    Type.Literal("true"),
    Type.Literal("false"),
  ]),
  name: Type.Optional(text({ maxLength: 1000 })),
  nickname: Type.Optional(text({ maxLength: 1000 })),
  picture: Type.Optional(text({ maxLength: 4000 })),
});

const notAuthenticated = (message: string): JwtVerificationError => ({
  type: "NotAuthenticated",
  message,
});

/** The key or keys, and the algorithms that go with them: a token cannot choose how it is checked. */
function keysOf({ jwtSecret, jwksUrl }: JwtSettings): {
  key: Uint8Array | JWTVerifyGetKey;
  algorithms: string[];
} {
  if (jwksUrl !== undefined) {
    return {
      key: createRemoteJWKSet(new URL(jwksUrl), {
        timeoutDuration: KEYS_TIMEOUT_MS,
        cacheMaxAge: KEYS_MAX_AGE_MS,
        cooldownDuration: KEYS_COOLDOWN_MS,
      }),
      algorithms: ["RS256", "ES256"],
    };
  }
  if (jwtSecret !== undefined) {
    return { key: new TextEncoder().encode(jwtSecret), algorithms: ["HS256"] };
  }
  throw new Error("Tokens cannot be verified: set JWT_SECRET or JWKS_URL.");
}

/** The token's fault, as opposed to the provider's: what jose says of the token itself or of its key id. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/**
 * A function that verifies tokens. Make it once: it caches the provider's keys. Throws at once when neither a secret nor
 * a URL of keys is given. Err `NotAuthenticated` for whatever is wrong with the token, `IdentityProviderUnavailable` when
 * the keys could not be fetched, so that an outage is not mistaken for a bad token.
 */
export function createJwtVerifier(settings: JwtSettings): JwtVerifier {
  const { key, algorithms } = keysOf(settings);
  const options = () => ({
    algorithms,
    requiredClaims: ["exp", "sub"],
    clockTolerance: TOLERANCE_SECONDS,
    currentDate: clock().now(),
    ...(settings.jwtIssuer === undefined ? {} : { issuer: settings.jwtIssuer }),
    ...(settings.jwtAudience === undefined
      ? {}
      : { audience: settings.jwtAudience }),
  });
  const verify = (token: string) =>
    typeof key === "function"
      ? jwtVerify(token, key, options())
      : jwtVerify(token, key, options());

  return async (token) => {
    try {
      const { payload } = await verify(token);
      return toProfile(payload);
    } catch (error) {
      if (isRefusal(error)) {
        return err(
          notAuthenticated(
            error instanceof errors.JWTExpired
              ? "The token has expired."
              : "The token is not valid.",
          ),
        );
      }
      logger().error(
        { err: error },
        "the identity provider's keys could not be read",
      );
      return err({
        type: "IdentityProviderUnavailable",
        message: "The identity provider cannot be reached at the moment.",
      });
    }
  };
}

function toProfile(payload: unknown): Result<JwtProfile, JwtVerificationError> {
  if (!Value.Check(Claims, payload)) {
    return err(
      notAuthenticated(
        "A claim of the token is missing or unusable: exp, sub, email and email_verified are required.",
      ),
    );
  }
  const {
    sub,
    email,
    email_verified: verified,
    name,
    nickname,
    picture,
  } = payload;
  return ok({
    sub,
    email,
    emailVerified: verified === true || verified === "true",
    ...(name === undefined ? {} : { name }),
    ...(nickname === undefined ? {} : { nickname }),
    ...(picture === undefined ? {} : { picture }),
  });
}
