import { describe, expect, it } from "vitest";

import { checksumOf } from "./files";

const SQL = 'CREATE TABLE public."A" (\n  "id" integer\n);\n';

describe("a migration's checksum", () => {
  it("stays when a linter's exception is written into the file later", () => {
    const explained =
      'CREATE TABLE public."A" (\n  -- lint: it counts to ten\n  -- squawk-ignore prefer-bigint-over-int\n  "id" integer\n);\n';
    expect(checksumOf(explained)).toBe(checksumOf(SQL));
    expect(checksumOf(explained.replaceAll("\n", "\r\n"))).toBe(
      checksumOf(SQL),
    );
  });

  it("changes with anything else", () => {
    for (const edited of [
      SQL.replace("integer", "bigint"),
      `-- a comment\n${SQL}`,
      `${SQL}-- lint: why`,
      `SELECT 1; -- lint: not on a line of its own\n${SQL}`,
    ]) {
      expect(checksumOf(edited)).not.toBe(checksumOf(SQL));
    }
  });
});
