// A second process that serves the API on this file's database: for tests of what one process sees of another's changes. Owns
// its life and asking it; apiProcess.ts is what runs in it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll } from "vitest";

import { type Api } from "./useApi";

/** Milliseconds in which the process has to serve, on a busy machine too. */
const START_TIMEOUT_MS = 60_000;

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: object;
}

export interface ApiAnswer {
  readonly status: number;
  /** Null when there is none. */
  readonly body: unknown;
}

export type Ask = (request: ApiRequest) => Promise<ApiAnswer>;

/** Asks the app of this process. */
export function asking(api: Api): Ask {
  return async ({ method = "GET", url, headers, payload }) => {
    const reply = await api.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return {
      status: reply.statusCode,
      body: reply.body === "" ? null : reply.json<unknown>(),
    };
  };
}

/**
 * Registers the other process with Vitest's hooks, after useApi(), whose database it takes. It reads its configuration from
 * the environment, with `env` over it.
 */
export function useOtherProcess(
  env: Readonly<Record<string, string>> = {},
): Ask {
  let child: ChildProcess | undefined;
  let origin = "";
  beforeAll(async () => {
    const entry = fileURLToPath(new URL("apiProcess.ts", import.meta.url));
    const started = spawn(process.execPath, ["--import", "tsx", entry], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    child = started;
    const lines = createInterface(started.stdout)[Symbol.asyncIterator]();
    const first: IteratorResult<string, unknown> = await lines.next();
    if (first.done === true) {
      throw new Error("The other process ended before it served.");
    }
    origin = first.value;
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    if (child?.exitCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
  });
  return async ({ method = "GET", url, headers, payload }) => {
    const reply = await fetch(`${origin}${url}`, {
      method,
      headers: {
        ...headers,
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json" }),
      },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    });
    const text = await reply.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    return { status: reply.status, body };
  };
}
