// FACE of logger/: the process's log, JSON lines on standard output. Owns level and redaction; what is logged is the callers'
// business. First argument an object with the facts, an error as `err`; second the message. No personal data, no keys.

import { type Logger, pino } from "pino";

import { config } from "./config";
import { causes, loggableError } from "./logger/loggableError";

export { causes, loggableError };

let current: Logger | undefined;

/** The lazily built logger; fields that may carry credentials are removed wherever they appear. */
export function logger(): Logger {
  current ??= pino({
    level: config().logLevel,
    serializers: { err: loggableError },
    redact: {
      paths: [
        "req.headers.authorization",
        "req.headers.cookie",
        "*.apiKey",
        "*.password",
        "*.secret",
        "*.value",
      ],
      remove: true,
    },
  });
  return current;
}
