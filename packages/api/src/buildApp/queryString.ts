// Query strings: `ids=a`, `ids=a&ids=b`, `ids[]=a` and `ids[0]=a` all work, as in Dittofeed. Owns the bounds of their
// nesting and length. A parser may not throw inside Fastify's router, so a refusal is remembered until a hook reads it.

import qs from "qs";

const MAX_DEPTH = 5;
const MAX_PARAMETERS = 1000;

const refused = new WeakMap<object, string>();

/** Never throws; what cannot be accepted becomes an empty object for which `queryRefusal` has a reason. */
export function parseQueryString(text: string): Record<string, unknown> {
  try {
    return qs.parse(text, {
      depth: MAX_DEPTH,
      strictDepth: true,
      arrayLimit: MAX_PARAMETERS,
      parameterLimit: MAX_PARAMETERS,
      throwOnLimitExceeded: true,
      plainObjects: true,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    const nothing = {};
    refused.set(
      nothing,
      `at most ${MAX_PARAMETERS} parameters, nested at most ${MAX_DEPTH} deep, are accepted`,
    );
    return nothing;
  }
}

/** Why this query was refused, or undefined. */
export function queryRefusal(query: unknown): string | undefined {
  return typeof query === "object" && query !== null
    ? refused.get(query)
    : undefined;
}
