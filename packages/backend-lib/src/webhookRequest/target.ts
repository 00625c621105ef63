// Where a webhook may go: http and https, to addresses of the public Internet. Owns what an address may be and that a name
// is judged by what it resolves to, not by how it is spelled; leaves the connection, to just these addresses, to
// exchange.ts.

import { type LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

import ipaddr from "ipaddr.js";
import { err, ok, type Result } from "neverthrow";

import { type WebhookFailure } from "./failure";

export type Addresses = readonly LookupAddress[];

/** Every address of a name. Rejects when it has none, or the name server cannot say. */
export type Lookup = (hostname: string) => Promise<Addresses>;

/** As the system resolves names: its hosts file, then DNS. */
export const systemLookup: Lookup = (hostname) =>
  lookup(hostname, { all: true });

/** The part of IPv6 that is given out for the public Internet: RFC 4291, IANA's registry of unicast addresses. */
const IPV6_PUBLIC = ipaddr.IPv6.parseCIDR("2000::/3");

/** Public by their number, and yet answered by the host's own cloud: Azure's platform address. */
const PLATFORM_ADDRESSES = new Set(["168.63.129.16"]);

/**
 * Whether an address is one of the public Internet. Private, loopback, link-local (clouds keep their metadata there),
 * shared, documentation, multicast and unspecified ones are not, nor is what carries an IPv4 address inside IPv6 on its way.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  const parsed = ipaddr.process(address); // an IPv4-mapped address is the IPv4 address
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(IPV6_PUBLIC)) {
    return false;
  }
  return (
    parsed.range() === "unicast" && !PLATFORM_ADDRESSES.has(parsed.toString())
  );
}

function badUrl(reason: string): WebhookFailure {
  return {
    type: "BadUrl",
    message: `${reason} Give an address like https://example.com/hook.`,
    mayHaveArrived: false,
  };
}

/** The URL, if it is one that a webhook may have. Says nothing yet of where its name leads. */
export function parseTarget(text: string): Result<URL, WebhookFailure> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    return err(badUrl("This is no URL."));
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return err(badUrl("A webhook is reached by https or http."));
  }
  if (url.username !== "" || url.password !== "") {
    return err(
      badUrl("A URL with a user name or a password shows them to all."),
    );
  }
  return ok(url);
}

/** The host of a URL without the brackets that an IPv6 address has there. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/**
 * The host, if it is written as an address: `http://2130706433`, `http://0x7f.1` and `http://0177.0.0.1` are all
 * 127.0.0.1, which is how URL says them (WHATWG URL, "IPv4 parser").
 */
export function literalAddress(url: URL): LookupAddress | undefined {
  const address = hostOf(url);
  const family = isIP(address);
  return family === 0 ? undefined : { address, family };
}

/** That the URL leads where webhooks may not go. */
export function notAllowed(url: URL): WebhookFailure {
  return {
    type: "AddressNotAllowed",
    message: `${hostOf(url)} is not an address of the public Internet, so nothing was sent. Give the webhook an address there.`,
    mayHaveArrived: false,
  };
}

/**
 * The addresses that the URL may be reached at. Err NameNotResolved, and AddressNotAllowed when any of them is not
 * public: a name that leads to both is not trusted to mean the other one.
 */
export async function resolveTarget(
  url: URL,
  {
    lookup: resolve,
    isPrivateAllowed,
  }: { readonly lookup: Lookup; readonly isPrivateAllowed: boolean },
): Promise<Result<Addresses, WebhookFailure>> {
  const literal = literalAddress(url);
  let addresses: Addresses;
  try {
    addresses = literal === undefined ? await resolve(url.hostname) : [literal];
  } catch {
    addresses = [];
  }
  if (addresses.length === 0) {
    return err({
      type: "NameNotResolved",
      message: `${url.hostname} has no address, or the name server did not answer. Check the webhook's URL.`,
      mayHaveArrived: false,
    });
  }
  const isAllowed = addresses.every(({ address }) => isPublicAddress(address));
  return isAllowed || isPrivateAllowed ? ok(addresses) : err(notAllowed(url));
}
