import { expect, test } from "vitest";

import { refusalOfOrigin } from "./requestOrigin";

const anonymous = {
  authMode: "anonymous",
  allowAnonymousRemote: false,
  host: "127.0.0.1",
} as const;
const fromPage = (site: string) => ({
  hostname: "localhost",
  headers: { "sec-fetch-site": site },
});

test.each(["anonymous", "single-tenant"] as const)(
  "in %s mode a page of another site is refused, our own and programs are not",
  (authMode) => {
    const settings = { ...anonymous, authMode };
    expect(refusalOfOrigin(fromPage("cross-site"), settings)?.type).toBe(
      "ForeignOrigin",
    );
    for (const site of ["same-origin", "same-site", "none"]) {
      expect(refusalOfOrigin(fromPage(site), settings)).toBeNull();
    }
    expect(
      refusalOfOrigin({ hostname: "localhost", headers: {} }, settings),
    ).toBeNull();
  },
);

test("with tokens the origin does not matter", () => {
  expect(
    refusalOfOrigin(fromPage("cross-site"), {
      ...anonymous,
      authMode: "multi-tenant",
    }),
  ).toBeNull();
});

test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "::1"])(
  "anonymous mode answers to %s",
  (hostname) => {
    expect(refusalOfOrigin({ hostname, headers: {} }, anonymous)).toBeNull();
  },
);

test("anonymous mode does not answer to a name that was bent to this machine", () => {
  const rebound = { hostname: "attacker.example", headers: {} };
  expect(refusalOfOrigin(rebound, anonymous)?.type).toBe("ForeignOrigin");
  expect(
    refusalOfOrigin(rebound, { ...anonymous, allowAnonymousRemote: true }),
  ).toBeNull();
});

test.each([
  ["another site", "http://evil.example"],
  ["another port of this machine", "http://127.0.0.1:4000"],
  ["a sandboxed frame or a file", "null"],
  ["nonsense", "http://[bad"],
])("an Origin of %s is refused, whatever else is allowed", (_, origin) => {
  const request = {
    hostname: "127.0.0.1",
    headers: { host: "127.0.0.1:3000", origin },
  };
  for (const settings of [
    anonymous,
    { ...anonymous, allowAnonymousRemote: true },
    { ...anonymous, authMode: "single-tenant" as const },
  ]) {
    expect(refusalOfOrigin(request, settings)?.type).toBe("ForeignOrigin");
  }
  expect(
    refusalOfOrigin(request, { ...anonymous, authMode: "multi-tenant" }),
  ).toBeNull();
});

test("an Origin that is the address asked passes, also behind a proxy that speaks HTTPS", () => {
  const own = (host: string, origin: string) =>
    refusalOfOrigin(
      { hostname: "localhost", headers: { host, origin } },
      anonymous,
    );
  expect(own("localhost:3000", "http://localhost:3000")).toBeNull();
  expect(own("app.example", "https://app.example")).toBeNull();
});
