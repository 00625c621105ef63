/**
 * Numbers and moments as people read them, in the browser's own language and time zone. Only for what is drawn after
 * the data came: the exported HTML has no locale.
 */

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** A whole number with its separators, such as 12,480. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat().format(count);
}

/** A moment in full, for tooltips. */
export function formatMoment(unixMilliseconds: number): string {
  return new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
  }).format(unixMilliseconds);
}

/** How long ago, such as "3 days ago"; below a minute "just now". `now` is Unix milliseconds; `locale` is the browser's
 *  unless a test fixes it. */
export function formatAgo(
  unixMilliseconds: number,
  { now = Date.now(), locale }: { now?: number; locale?: string } = {},
): string {
  const seconds = (unixMilliseconds - now) / 1000;
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (unit === undefined) {
    return "just now";
  }
  const [name, size] = unit;
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(
    Math.trunc(seconds / size),
    name,
  );
}

/** "1 segment", "2 segments". English plural with s, as all our nouns have. */
export function formatQuantity(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
