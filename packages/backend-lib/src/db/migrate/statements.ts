// What a non-transactional file needs: its statements one by one, and the repair of an index whose concurrent build
// once failed. Owns only that.

import type pg from "pg";

/** The statements of a SQL file: each ends in a `;` at the end of a line, unless within `$$`; comment lines are dropped. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current: string[] = [];
  let isInBody = false;
  const finish = () => {
    statements.push(current.join("\n").trim());
    current = [];
  };
  for (const line of sql.split("\n")) {
    if (!line.trimStart().startsWith("--")) {
      const marks = line.split("$$").length - 1;
      isInBody = marks % 2 === 0 ? isInBody : !isInBody;
      const isLast = !isInBody && /;[ \t]*$/.test(line);
      current.push(isLast ? line.replace(/;[ \t]*$/, "") : line);
      if (isLast) {
        finish();
      }
    }
  }
  finish();
  return statements.filter((statement) => statement !== "");
}

const CONCURRENT_BUILD =
  /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+"([^"]+)"/i;

/**
 * Before a concurrent build: drops what an earlier, failed build of the same index left. Such an index is INVALID: it
 * costs every write, serves no read, and IF NOT EXISTS would take it for done.
 */
export async function repairInvalidIndex(
  client: pg.Client,
  statement: string,
): Promise<void> {
  const name = CONCURRENT_BUILD.exec(statement)?.[1];
  if (name === undefined) {
    return;
  }
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_index
      WHERE indexrelid = to_regclass($1) AND NOT indisvalid`,
    [`public."${name}"`],
  );
  if (rowCount !== null && rowCount > 0) {
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS public."${name}"`);
  }
}
