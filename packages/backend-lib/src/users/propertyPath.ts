// Paths into traits and properties, as definitions spell them: `plan`, `address.city`, `items[0].sku`, `$.address.city`,
// `$['first name']`. Owns reading them; leaves the value at the end to SQL.

const STEP =
  /\.?([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['((?:[^'\\]|\\.)*)'\]/y;

/** The keys and indexes on the way, or null when it is no path. A leading `$` stands for the whole and may be left out. */
export function parsePropertyPath(path: string): string[] | null {
  const text = path.trim().replace(/^\$(?=[.[]|$)/, "");
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) {
      return null;
    }
    const [, key, index, doubleQuoted, singleQuoted] = match;
    const quoted = doubleQuoted ?? singleQuoted;
    steps.push(key ?? index ?? quoted?.replace(/\\(.)/g, "$1") ?? "");
  }
  return steps.length === 0 ? null : steps;
}
