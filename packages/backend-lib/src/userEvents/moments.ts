// The span of time in which events lie. Owns nothing else.

/** Four digits of year: what JavaScript, the driver and Postgres write and read alike. */
const EARLIEST_MS = Date.parse("1000-01-01T00:00:00.000Z");
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** The moment, in Unix milliseconds, or the nearest one within the years 1000 to 9999. */
export function boundedMoment(ms: number): Date {
  return new Date(Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS));
}
