// Reads the server's own record of what was committed, in the order in which it was: the write-ahead log, through the
// output plugin that is part of Postgres. Owns its binary format and nothing of what the rows mean.
// Source: PostgreSQL manual, "Logical Replication Message Formats", protocol version 1.

import type pg from "pg";

export type Row = ReadonlyMap<string, string | null>;

/** Of one row: without `after` it was deleted. With neither, all of the table's rows are gone: it was truncated. */
export interface Change {
  readonly table: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export interface Commit {
  /** Where the commit stands in the log. */
  readonly lsn: bigint;
  /** The transaction's number, as pg_current_xact_id() tells it, but for the epoch. */
  readonly xid: number;
  readonly changes: readonly Change[];
}

/** A place in the log, as Postgres writes it: two hexadecimal numbers. */
export function parseLsn(text: string): bigint {
  const [high = "0", low = "0"] = text.split("/");
  return BigInt(`0x${high}`) * 2n ** 32n + BigInt(`0x${low}`);
}

/** Walks through one message. */
class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): string {
    this.at += 1;
    return String.fromCharCode(this.bytes[this.at - 1] ?? 0);
  }

  skip(count: number): void {
    this.at += count;
  }

  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = this.bytes.toString("utf8", this.at, end);
    this.at = end + 1;
    return text;
  }

  chars(length: number): string {
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
}

interface Relation {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Keeps its place between calls; one for a run. */
export class CommitLog {
  private readonly relations = new Map<number, Relation>();

  private open: { lsn: bigint; xid: number; changes: Change[] } | undefined;

  /** `name` is of the log's slot and publication: letters, digits and `_`, one of its own for each log of a server. */
  constructor(
    private readonly superuser: pg.Client,
    private readonly name: string,
  ) {}

  /** Begins to record what happens to the tables. Whole rows, so that what is deleted is known too. */
  async begin(tables: readonly string[]): Promise<void> {
    const named = tables.map((table) => `public."${table}"`);
    for (const table of named) {
      await this.superuser.query(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    }
    await this.superuser.query(
      `CREATE PUBLICATION ${this.name} FOR TABLE ${named.join(", ")} WITH (publish_generated_columns = stored)`,
    );
    await this.superuser.query(
      `SELECT pg_create_logical_replication_slot('${this.name}', 'pgoutput')`,
    );
  }

  /** What was committed since the last call, and the place up to which that is all. */
  async next(): Promise<{
    readonly upTo: bigint;
    readonly commits: readonly Commit[];
  }> {
    const flushed = await this.superuser.query<{ lsn: string }>(
      "SELECT pg_current_wal_flush_lsn()::text AS lsn",
    );
    const upTo = flushed.rows[0]?.lsn ?? "0/0";
    const messages = await this.superuser.query<{ data: Buffer }>(
      `SELECT data FROM pg_logical_slot_get_binary_changes('${this.name}', $1, NULL, 'proto_version', '1', 'publication_names', '${this.name}')`,
      [upTo],
    );
    const commits = messages.rows.flatMap(({ data }) => this.read(data));
    return { upTo: parseLsn(upTo), commits };
  }

  async end(): Promise<void> {
    await this.superuser.query(
      `SELECT pg_drop_replication_slot('${this.name}')`,
    );
    await this.superuser.query(`DROP PUBLICATION ${this.name}`);
  }

  private read(data: Buffer): Commit[] {
    const reader = new Reader(data);
    switch (reader.byte()) {
      case "B": {
        const lsn = reader.int64();
        reader.skip(8);
        this.open = { lsn, xid: reader.int32(), changes: [] };
        return [];
      }
      case "C": {
        const done = this.open;
        this.open = undefined;
        return done === undefined ? [] : [done];
      }
      case "R":
        this.readRelation(reader);
        return [];
      case "I":
      case "U":
      case "D":
        this.readChange(reader);
        return [];
      case "T":
        this.readTruncate(reader);
        return [];
      default:
        return [];
    }
  }

  private readRelation(reader: Reader): void {
    const id = reader.int32();
    reader.text();
    const table = reader.text();
    reader.skip(1);
    const columns = Array.from({ length: reader.int16() }, () => {
      reader.skip(1);
      const name = reader.text();
      reader.skip(8);
      return name;
    });
    this.relations.set(id, { table, columns });
  }

  private readChange(reader: Reader): void {
    const relation = this.relations.get(reader.int32());
    if (relation === undefined || this.open === undefined) {
      throw new Error("the log names a table that it has not told of");
    }
    let before: Row | undefined;
    let kind = reader.byte();
    if (kind === "O" || kind === "K") {
      before = CommitLog.readRow(reader, relation, undefined);
      kind = reader.isAtEnd() ? "" : reader.byte();
    }
    const after =
      kind === "N" ? CommitLog.readRow(reader, relation, before) : undefined;
    this.open.changes.push({ table: relation.table, before, after });
  }

  private readTruncate(reader: Reader): void {
    const count = reader.int32();
    reader.skip(1);
    for (let at = 0; at < count; at += 1) {
      const table = this.relations.get(reader.int32())?.table;
      if (table === undefined) {
        throw new Error("the log names a table that it has not told of");
      }
      this.open?.changes.push({ table, before: undefined, after: undefined });
    }
  }

  private static readRow(
    reader: Reader,
    { columns }: Relation,
    old: Row | undefined,
  ): Row {
    const row = new Map<string, string | null>();
    const count = reader.int16();
    for (let at = 0; at < count; at += 1) {
      const name = columns[at] ?? "";
      const kind = reader.byte();
      if (kind === "t") {
        row.set(name, reader.chars(reader.int32()));
      } else {
        row.set(name, kind === "u" ? (old?.get(name) ?? null) : null);
      }
    }
    return row;
  }
}
