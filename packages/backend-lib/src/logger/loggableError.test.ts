import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { pino } from "pino";
import { describe, expect, it } from "vitest";

import { loggableError } from "./loggableError";

const VALUE = "their-own-name";

/** As the server sends one. */
function violation(): pg.DatabaseError {
  const error = new pg.DatabaseError(`value "${VALUE}"`, 1, "error");
  return Object.assign(error, {
    code: "23505",
    severity: "ERROR",
    table: "Segment",
    constraint: "Segment_pkey",
    detail: `Key (name)=(${VALUE}) already exists.`,
    where: `SQL statement "SELECT '${VALUE}'"`,
    internalQuery: `SELECT '${VALUE}'`,
    hint: VALUE,
  });
}

describe("an error in the log", () => {
  it("of the database says what and where, and carries no value, however it is wrapped", () => {
    const wrapped = new Error(VALUE, {
      cause: new DrizzleQueryError(`select '${VALUE}'`, [VALUE], violation()),
    });
    for (const error of [violation(), wrapped]) {
      const logged = JSON.stringify(loggableError(error));
      expect(logged).not.toContain(VALUE);
      expect(JSON.parse(logged)).toMatchObject({
        type: "DatabaseError",
        code: "23505",
        table: "Segment",
        constraint: "Segment_pkey",
      });
      expect(logged).toContain("loggableError.test");
    }
  });

  it("of anything else says its first cause, without the query that met it", () => {
    const lost = new DrizzleQueryError(
      `select '${VALUE}'`,
      [VALUE],
      new Error("Connection terminated unexpectedly"),
    );
    expect(loggableError(lost)).toMatchObject({
      type: "Error",
      message: "Connection terminated unexpectedly",
    });
    expect(JSON.stringify(loggableError(lost))).not.toContain(VALUE);
    expect(loggableError("a text")).toEqual({ type: "string" });
  });

  it("is that for every log line, whoever writes it", () => {
    const lines: string[] = [];
    const log = pino(
      { serializers: { err: loggableError } },
      { write: (line) => lines.push(line) },
    );
    log.error({ err: violation() }, "failed");
    log.error(violation());
    expect(lines).toHaveLength(2);
    expect(lines[0]).not.toContain(VALUE);
  });
});
