// Tokens as an identity provider makes them, and as an attacker would: signed by hand, so that nothing checks them on the way.

import { createHmac, type KeyObject, sign } from "node:crypto";

/** What tokens of tests are signed with in multi-tenant mode. */
export const TEST_JWT_SECRET =
  "a secret of the tests with more than 32 characters";

export type Claims = Readonly<Record<string, unknown>>;

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

function withTimes(claims: Claims): Claims {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now, exp: now + 3600, ...claims };
}

/** A token signed with a shared secret; valid for an hour unless `claims` say otherwise. */
export function signHs256(
  claims: Claims,
  secret: string | Buffer = TEST_JWT_SECRET,
  header: Claims = { alg: "HS256", typ: "JWT" },
): string {
  const input = `${base64url(header)}.${base64url(withTimes(claims))}`;
  const signature = createHmac("sha256", secret)
    .update(input)
    .digest("base64url");
  return `${input}.${signature}`;
}

/** A token signed with a private key: RS256 for RSA, ES256 for P-256. */
export function signAsymmetric(
  claims: Claims,
  { key, kid }: { readonly key: KeyObject; readonly kid: string },
): string {
  const alg = key.asymmetricKeyType === "ec" ? "ES256" : "RS256";
  const header = base64url({ alg, typ: "JWT", kid });
  const input = `${header}.${base64url(withTimes(claims))}`;
  const signature = sign("sha256", Buffer.from(input), {
    key,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

/** A token that says it is not signed. */
export function unsigned(claims: Claims): string {
  return `${base64url({ alg: "none", typ: "JWT" })}.${base64url(withTimes(claims))}.`;
}
