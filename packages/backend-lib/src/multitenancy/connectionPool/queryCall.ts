// The forms in which node-postgres lets a query or a connection be asked for: text or object, with values or without, answered by
// a promise or by a callback. Owns telling them apart and answering as was asked; what is done with the query is its callers' business.

import { AsyncResource } from "node:async_hooks";

import type pg from "pg";

/** As the driver calls it: without an error it is null on a connection, undefined on a pool. */
export type Answer = (error: Error | null | undefined, result: unknown) => void;

export function isCallback(value: unknown): value is Answer {
  return typeof value === "function";
}

/** True of cursors, streams and queries that the caller made himself: they write to the connection on their own. */
export function isSubmittable(value: unknown): value is pg.Submittable {
  return (
    typeof value === "object" &&
    value !== null &&
    "submit" in value &&
    typeof value.submit === "function"
  );
}

/** Throws TypeError when this is no query. */
export function asQuery(config: unknown): string | object {
  if (
    typeof config !== "string" &&
    (typeof config !== "object" || config === null)
  ) {
    throw new TypeError("A query is a text or an object with a text.");
  }
  return config;
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Runs what `query(...call)` asks for, and answers as it wants to be answered: by a promise, or by its callback. */
export function answered(
  [config, second, third]: unknown[],
  run: (config: unknown, values: unknown, callback: Answer) => void,
): Promise<unknown> | undefined {
  const values = isCallback(second) ? undefined : second;
  const callback = isCallback(second) ? second : third;
  if (isCallback(callback)) {
    // The driver calls back in the asynchronous context of whoever opened the connection: another workspace's, maybe.
    run(config, values, AsyncResource.bind(callback));
    return undefined;
  }
  return new Promise((resolve, reject) => {
    run(config, values, (error, result) =>
      error instanceof Error ? reject(error) : resolve(result),
    );
  });
}

export type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/** Answers connect(callback) with the connection, or with why there is none. */
export function handOver(
  leased: Promise<pg.PoolClient>,
  callback: ConnectCallback,
): void {
  void leased.then(
    (client) =>
      callback(undefined, client, (error) =>
        client.release(error instanceof Error ? error : error === true),
      ),
    (error: unknown) => callback(asError(error), undefined, () => undefined),
  );
}
