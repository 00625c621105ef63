// What the fused query takes for granted of node-postgres, which its public types do not promise. When one of these
// fails after an update of the driver, the isolation has to be looked at before anything else.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import pg from "pg";
import Query from "pg/lib/query";
import { describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";

const env = useTenantEnv();

/** Records what a query writes, in order. */
function recordingConnection() {
  const written: string[] = [];
  const note = (name: string) => (message?: unknown) => {
    written.push(`${name} ${JSON.stringify(message ?? null)}`);
  };
  return {
    written,
    connection: {
      parsedStatements: {},
      submittedNamedStatements: {},
      stream: {},
      parse: note("parse"),
      bind: note("bind"),
      describe: note("describe"),
      execute: note("execute"),
      sync: note("sync"),
      query: note("query"),
    },
  };
}

const ignore = () => undefined;

describe("node-postgres", () => {
  it("is the very version that this was written for", () => {
    const file = createRequire(import.meta.url).resolve("pg/package.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      version: "8.23.1",
    });
  });

  it("lets a query class of our own run: submit() is called with the connection once the line is free", async () => {
    const client = new pg.Client({
      connectionString: env.url("dittofeed_app"),
    });
    await client.connect();
    const statuses: string[] = [];
    class Watching extends Query {
      override submit(connection: Parameters<Query["submit"]>[0]) {
        statuses.push(String(client.getTransactionStatus()));
        return super.submit(connection);
      }
    }
    await new Promise((resolve) => {
      void client.query(new Watching({ text: "BEGIN" }, [], ignore));
      void client.query(new Watching({ text: "SELECT 1/0" }, [], ignore));
      void client.query(new Watching({ text: "ROLLBACK" }, [], ignore));
      void client.query(new Watching({ text: "SELECT 1" }, [], resolve));
    });
    await client.end();
    expect(statuses).toEqual(["I", "T", "E", "I"]);
  });

  it("asks requiresPreparation(), and then writes by prepare() or by one query message", () => {
    const asked = (answer: boolean) => {
      const query = new Query({ text: "SELECT 1" }, [], ignore);
      query.requiresPreparation = () => answer;
      const { connection, written } = recordingConnection();
      expect(query.submit(connection)).toBeNull();
      return written.map((line) => line.split(" ")[0]);
    };
    expect(asked(true)).toEqual([
      "parse",
      "bind",
      "describe",
      "execute",
      "sync",
    ]);
    expect(asked(false)).toEqual(["query"]);
  });

  it("ends prepare() with the one Sync of the unit", () => {
    const query = new Query({ text: "SELECT $1" }, ["x"], ignore);
    const { connection, written } = recordingConnection();
    query.prepare(connection);
    expect(written.filter((line) => line.startsWith("sync"))).toHaveLength(1);
    expect(written.at(-1)).toMatch(/^sync/);
  });

  it("tells the query of each row description and each completed command", async () => {
    const told: string[] = [];
    class Told extends Query {
      override handleRowDescription(message: unknown) {
        told.push("description");
        super.handleRowDescription(message);
      }

      override handleCommandComplete(
        message: unknown,
        connection: Parameters<Query["submit"]>[0],
      ) {
        told.push("complete");
        super.handleCommandComplete(message, connection);
      }
    }
    const client = new pg.Client({
      connectionString: env.url("dittofeed_app"),
    });
    await client.connect();
    await new Promise((resolve) => {
      void client.query(
        new Told({ text: "BEGIN; SELECT 1" }, undefined, resolve),
      );
    });
    await client.end();
    expect(told).toEqual(["complete", "description", "complete"]);
  });

  it("reports the loss of a backend as an error that is no plain statement error", async () => {
    const client = new pg.Client({
      connectionString: env.url("dittofeed_owner"), // the app role may end no session, not even its own
    });
    client.on("error", ignore);
    await client.connect();
    const failure: unknown = await client
      .query("SELECT pg_terminate_backend(pg_backend_pid())")
      .catch((error: unknown) => error);
    expect(
      failure instanceof pg.DatabaseError ? failure.severity : "lost",
    ).not.toBe("ERROR");
    await client.end().catch(ignore);
  });
});
