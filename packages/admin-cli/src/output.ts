// What a command says: values as JSON for programs, tables and sentences for people. Owns their form; the streams
// belong to whoever runs the CLI.

/** Where a command writes; each text is whole lines. */
export interface Output {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** A failure with a sentence for the person at the terminal: what is wrong and, if known, what to do. Exit status 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** One JSON document and a line break. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What a program reads in place of the answer: that there is none, and why. */
export function failureJson(message: string): string {
  return toJson({ ok: false, error: { message } });
}

/** Control characters, such as a terminal's escape sequences, as visible escapes. */
export function visible(text: string): string {
  return text.replaceAll(
    /\p{Cc}/gu,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** In characters, not in code units. */
function length(text: string): number {
  return Array.from(text).length;
}

/** Rows of cells as lines; columns are as wide as their longest cell. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => cells.map(visible));
  const width = (column: number) =>
    Math.max(...lines.map((cells) => length(cells[column] ?? "")));
  const padded = lines.map((cells) =>
    cells
      .map((cell, column) => cell + " ".repeat(width(column) - length(cell)))
      .join("  ")
      .trimEnd(),
  );
  return `${padded.join("\n")}\n`;
}
