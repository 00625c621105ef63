// What the log may hold of an error. Owns that no statement, parameter or value reaches it: the database's detail and the
// query builder's message carry them, and they hold keys, traits, addresses, or a row of another workspace.

import pg from "pg";

/** The error, what it was caused by, and so on to the first cause. */
export function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let current = error;
  while (current instanceof Error && !chain.includes(current)) {
    chain.push(current);
    current = current.cause;
  }
  return chain;
}

/** Where it was thrown, without the message: the query builder's one holds the statement and its parameters. */
function framesOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .join("\n");
}

/**
 * The facts of an error that may be logged. Of a database's error that is what went wrong with which table and
 * constraint, never its message or detail; of any other the message of its first cause.
 */
export function loggableError(error: unknown): object {
  const chain = causes(error);
  const [outer] = chain;
  const fromDatabase = chain.find((each) => each instanceof pg.DatabaseError);
  if (fromDatabase !== undefined) {
    const { code, severity, table, constraint, routine } = fromDatabase;
    return {
      type: "DatabaseError",
      code,
      severity,
      table,
      constraint,
      routine,
      stack: framesOf(outer ?? fromDatabase),
    };
  }
  const inner = chain.at(-1);
  return inner === undefined
    ? { type: typeof error }
    : { type: inner.name, message: inner.message, stack: framesOf(inner) };
}
