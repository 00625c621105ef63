import {
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { useClock } from "../clock";
import { createJwtVerifier } from "./jwt";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });

const base64url = (value: object) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = {
  sub: "u1",
  email: "ada@example.com",
  email_verified: true,
  exp: Math.floor(Date.now() / 1000) + 600,
};

function signed(alg: string, kid: string, key: KeyObject): string {
  const input = `${base64url({ alg, kid })}.${base64url(claims)}`;
  const signature = sign("sha256", Buffer.from(input), {
    key,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

let server: Server;
let jwksUrl = "";
let asked = 0;
let answer: { status: number; body: string } = { status: 200, body: "" };

beforeAll(async () => {
  const keys = [
    { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig" },
    { ...ec.publicKey.export({ format: "jwk" }), kid: "ec", use: "sig" },
  ];
  answer = { status: 200, body: JSON.stringify({ keys }) };
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  jwksUrl =
    address !== null && typeof address === "object"
      ? `http://127.0.0.1:${address.port}/jwks.json`
      : "";
});
afterAll(() => {
  server.close();
});

describe("the provider's published keys", () => {
  const good = () => answer;
  let before = good();
  afterEach(() => {
    answer = before;
  });
  beforeAll(() => {
    before = answer;
  });

  test("verify RS256 and ES256 tokens, fetched once for many", async () => {
    const verify = createJwtVerifier({ jwksUrl });
    asked = 0;
    for (let at = 0; at < 3; at += 1) {
      for (const token of [
        signed("RS256", "rsa", rsa.privateKey),
        signed("ES256", "ec", ec.privateKey),
      ]) {
        expect((await verify(token))._unsafeUnwrap()).toEqual({
          sub: "u1",
          email: "ada@example.com",
          emailVerified: true,
        });
      }
    }
    expect(asked).toBe(1);
  });

  test.each<[string, () => string]>([
    [
      "another key under a known id",
      () => signed("RS256", "rsa", stranger.privateKey),
    ],
    [
      "a key that is not published",
      () => signed("RS256", "stranger", stranger.privateKey),
    ],
    ["a key of another kind", () => signed("RS256", "ec", rsa.privateKey)],
    [
      "an algorithm that is not pinned",
      () => signed("RS512", "rsa", rsa.privateKey),
    ],
    [
      "the public key as a shared secret",
      () => {
        const pem = rsa.publicKey.export({ format: "pem", type: "spki" });
        const input = `${base64url({ alg: "HS256", kid: "rsa" })}.${base64url(claims)}`;
        return `${input}.${createHmac("sha256", pem).update(input).digest("base64url")}`;
      },
    ],
    [
      "nothing",
      () => `${base64url({ alg: "none", kid: "rsa" })}.${base64url(claims)}.`,
    ],
  ])("refuse a token signed with %s", async (_, make) => {
    const result = await createJwtVerifier({ jwksUrl })(make());
    expect(result._unsafeUnwrapErr().type).toBe("NotAuthenticated");
  });

  test.each([
    [500, "{}"],
    [200, "<html>"],
    [200, "{}"],
  ])(
    "that cannot be had (%i %s) are the provider's fault, not the token's",
    async (status, body) => {
      answer = { status, body };
      const result = await createJwtVerifier({ jwksUrl })(
        signed("RS256", "rsa", rsa.privateKey),
      );
      expect(result._unsafeUnwrapErr().type).toBe(
        "IdentityProviderUnavailable",
      );
    },
  );

  test("at an address that does not answer are the provider's fault as well", async () => {
    const result = await createJwtVerifier({ jwksUrl: "http://127.0.0.1:1/" })(
      signed("RS256", "rsa", rsa.privateKey),
    );
    expect(result._unsafeUnwrapErr().type).toBe("IdentityProviderUnavailable");
  });
});

describe("expiry", () => {
  test("follows the clock, with five seconds of patience", async () => {
    const secret = "s".repeat(32);
    const input = `${base64url({ alg: "HS256" })}.${base64url(claims)}`;
    const token = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
    const verify = createJwtVerifier({ jwtSecret: secret });
    const at = async (seconds: number) => {
      const restore = useClock({ now: () => new Date(seconds * 1000) });
      try {
        return (await verify(token)).isOk();
      } finally {
        restore();
      }
    };
    expect([
      await at(claims.exp),
      await at(claims.exp + 4),
      await at(claims.exp + 5),
    ]).toEqual([true, true, false]);
  });

  test.each(["1e400", "1e300", "9007199254740992", "4102444800.5", "-1e400"])(
    "%s is no time at which a token ends",
    async (exp) => {
      const secret = "s".repeat(32);
      const payload = JSON.stringify(claims).replace(String(claims.exp), exp);
      const input = `${base64url({ alg: "HS256" })}.${Buffer.from(payload).toString("base64url")}`;
      const token = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
      const result = await createJwtVerifier({ jwtSecret: secret })(token);
      expect(result._unsafeUnwrapErr().type).toBe("NotAuthenticated");
    },
  );
});

test("a verifier without a key or an address of keys is refused at the start", () => {
  expect(() => createJwtVerifier({})).toThrow("JWT_SECRET or JWKS_URL");
});
