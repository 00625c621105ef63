// COPY through node-postgres, as the suites need it: out as lines, and in with nothing to say.

import { once } from "node:events";

import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

/** The lines of a `COPY … TO STDOUT`. Rejects with the server's error. */
export async function copiedLines(
  client: pg.ClientBase,
  sql: string,
): Promise<string[]> {
  const stream = client.query(copyTo(sql));
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(stream, "end");
  return text.split("\n").filter(Boolean);
}

/** Runs a `COPY … FROM STDIN` of no rows. Rejects with the server's error. */
export async function copyNothing(
  client: pg.ClientBase,
  sql: string,
): Promise<void> {
  const stream = client.query(copyFrom(sql));
  stream.end();
  await once(stream, "finish");
}
