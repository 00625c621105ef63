/**
 * Reads the timestamps that clients send as text. One reading for schemas and services, so that what the schema
 * accepts is what gets stored. Formatting for people is the dashboard's.
 */

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

function offsetMinutes(offset: string | undefined): number | null {
  if (offset === undefined || offset.toUpperCase() === "Z") {
    return 0;
  }
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) {
    return null;
  }
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** The Unix time in milliseconds of an ISO 8601 date (`2024-05-01`) or date and time (RFC 3339, seconds, fraction and
 *  offset optional), or null when it is none or names a day or hour that does not exist. Without an offset it is UTC,
 *  whatever the machine's time zone. Digits beyond the millisecond are cut off. */
export function parseTimestamp(text: string): number | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    return null;
  }
  const [
    ,
    year = "",
    month = "",
    day = "",
    hour = "0",
    minute = "0",
    second = "0",
    fraction = "",
    zone,
  ] = match;
  const offset = offsetMinutes(zone);
  const utc = new Date(0);
  // setUTCFullYear, not Date.UTC: the latter reads years below 100 as 19xx.
  utc.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isRealDay =
    utc.getUTCMonth() === Number(month) - 1 && utc.getUTCDate() === Number(day);
  const isRealTime =
    Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 59;
  if (offset === null || !isRealDay || !isRealTime || Number(year) === 0) {
    return null;
  }
  utc.setUTCHours(
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.slice(0, 3).padEnd(3, "0")),
  );
  return utc.getTime() - offset * 60_000;
}
