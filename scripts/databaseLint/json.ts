// Reads what other programs answer as JSON without trusting its shape. Each function throws, and names what is missing.

function entriesOf(value: unknown): Map<string, unknown> {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  }
  return new Map<string, unknown>(Object.entries(value));
}

/** The member at the end of the path of names. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce((from, name) => {
    const entries = entriesOf(from);
    if (!entries.has(name)) {
      throw new TypeError(`no "${name}" in ${JSON.stringify(from)}`);
    }
    return entries.get(name);
  }, value);
}

/** The names of an object's members. */
export function memberNames(value: unknown): string[] {
  return [...entriesOf(value).keys()];
}

/** Each item of an array, read by `read`. */
export function items<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`not an array: ${JSON.stringify(value)}`);
  }
  return value.map((item: unknown) => read(item));
}
