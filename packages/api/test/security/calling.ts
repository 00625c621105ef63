// How the probe calls a route: which ones there are, by a name that both guards share, and a request made of a sample call.

import { type InjectOptions, type RouteOptions } from "fastify";

import { SAMPLE_CALLS, type SampleCall, WRITE_KEY_CALLS } from "./sampleCalls";

export type Guard = "session" | "adminKey" | "writeKey" | "open";

export interface ProbedRoute {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly guard: Guard;
  /** Method, and the path below the guard's prefix. */
  readonly name: string;
  readonly sample: (typeof SAMPLE_CALLS)[string] | undefined;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

const PREFIXES = [
  ["writeKey", "/api/public/apps"],
  ["adminKey", "/api/admin"],
  ["session", "/api"],
] as const;

function guardOf({ url, config }: RouteOptions): readonly [Guard, string] {
  const found = PREFIXES.find(([, prefix]) => url.startsWith(`${prefix}/`));
  const isGuarded =
    found?.[0] === "writeKey"
      ? config?.isPublic !== true
      : config?.requiredRole !== undefined;
  return found === undefined || !isGuarded ? ["open", ""] : found;
}

/** Every route once, whatever its spelling at the end. */
export function probedRoutes(routes: readonly RouteOptions[]): ProbedRoute[] {
  const found = new Map<string, ProbedRoute>();
  for (const route of routes) {
    const [guard, prefix] = guardOf(route);
    const url = route.url.length > 1 ? route.url.replace(/\/$/, "") : route.url;
    const methods = [route.method].flat();
    for (const method of METHODS.filter((each) => methods.includes(each))) {
      const name = `${method} ${url.slice(prefix.length)}`;
      const samples = guard === "writeKey" ? WRITE_KEY_CALLS : SAMPLE_CALLS;
      const sample = samples[name.replace(/^HEAD /, "GET ")];
      found.set(`${method} ${url}`, { method, url, guard, name, sample });
    }
  }
  return [...found.values()];
}

/** The request of a sample call, with more query and headers beside it. */
export function requestOf(
  { method, url }: ProbedRoute,
  { body, query = {}, params = {} }: SampleCall,
  headers: Readonly<Record<string, string>>,
): InjectOptions {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  );
  const path = url.replace(/:(\w+)\??/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) {
      throw new Error(`${method} ${url} has no sample for :${name}`);
    }
    return encodeURIComponent(value);
  });
  return {
    method,
    url: parameters.size === 0 ? path : `${path}?${parameters.toString()}`,
    headers: { ...headers },
    ...(body === undefined || method === "GET" || method === "HEAD"
      ? {}
      : { payload: { ...body } }),
  };
}

/** A way to name a workspace in a request: alone, or against another place that names one's own. */
export interface Naming {
  readonly place: string;
  readonly call: SampleCall;
  readonly headers: Readonly<Record<string, string>>;
  /** Two places disagree: the request is refused before anybody looks who asks. */
  readonly isConflict: boolean;
}

/** Every way in which a call of the route can name the workspace `id`; `own` is the caller's. */
export function namings(
  { guard }: ProbedRoute,
  call: SampleCall,
  {
    id,
    externalId,
    own,
  }: { readonly id: string; readonly externalId: string; readonly own: string },
): Naming[] {
  const naming = (
    place: string,
    where: {
      readonly body?: string;
      readonly query?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    },
    isConflict = false,
  ): Naming => ({
    place,
    call: {
      ...call,
      query: { ...call.query, ...where.query },
      ...(where.body === undefined
        ? {}
        : { body: { ...call.body, workspaceId: where.body } }),
    },
    headers: where.headers ?? {},
    isConflict,
  });
  const header = { "df-workspace-id": id };
  const ownHeader = { "df-workspace-id": own };
  const query = { workspaceId: id };
  return [
    naming("query", { query }),
    naming("query alias", { query: { "workspace-id": id } }),
    naming("header", { headers: header }),
    naming("header alias", { headers: { "workspace-id": id } }),
    naming("header, in capitals", {
      headers: { "DF-Workspace-Id": id.toUpperCase() },
    }),
    naming(
      "header against query",
      { query: { workspaceId: own }, headers: header },
      true,
    ),
    naming("query against header", { query, headers: ownHeader }, true),
    ...(call.body === undefined
      ? []
      : [
          naming("body", { body: id }),
          naming("body against header", { body: id, headers: ownHeader }, true),
          naming("header against body", { body: own, headers: header }, true),
        ]),
    ...(guard === "adminKey"
      ? [naming("external id", { query: { externalId } })]
      : []),
  ];
}

/** Every call that is `own` but for one value, which is `other`'s. */
export function oneByOne(own: SampleCall, other: SampleCall): SampleCall[] {
  const mixed = mixes(own, other);
  return mixed.filter(isSampleCall);
}

function isSampleCall(value: unknown): value is SampleCall {
  return typeof value === "object" && value !== null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function mixes(own: unknown, other: unknown): unknown[] {
  if (Array.isArray(own) && Array.isArray(other)) {
    const items: readonly unknown[] = own;
    return items.flatMap((each, at) =>
      mixes(each, other[at]).map((mixed) => items.with(at, mixed)),
    );
  }
  if (isObject(own) && isObject(other)) {
    const keys = Object.keys(own);
    const others = Object.keys(other);
    return keys.flatMap((key, at) => {
      const theirs = others[at] ?? key;
      const { [key]: value, ...rest } = own;
      return [
        ...(theirs === key ? [] : [{ ...rest, [theirs]: value }]),
        ...mixes(value, other[theirs]).map((mixed) => ({
          ...own,
          [key]: mixed,
        })),
      ];
    });
  }
  return own === other ? [] : [other];
}
