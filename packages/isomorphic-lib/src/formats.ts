/**
 * The string formats that our schemas use. TypeBox knows none by itself and refuses every value of an unknown
 * format, so whoever declares or checks a schema imports this module first; importing it registers them.
 */
import { FormatRegistry } from "@sinclair/typebox";

import { parseTimestamp } from "./timestamps";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

interface Format {
  /** How a message calls it: "expected …". */
  readonly label: string;
  readonly check: (text: string) => boolean;
}

/** Every format by the name that schemas use. UUIDs of any version count, in either case, as in Postgres. */
const FORMATS: Readonly<Record<string, Format>> = {
  uuid: { label: "a UUID", check: (text) => UUID.test(text) },
  "date-time": {
    label: "an ISO 8601 date and time",
    check: (text) => parseTimestamp(text) !== null,
  },
  email: { label: "an e-mail address", check: (text) => EMAIL.test(text) },
  uri: { label: "a URL", check: (text) => URL.canParse(text) },
  naturalNumber: {
    label: "a whole number of 0 or more",
    check: (text) =>
      /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)),
  },
  float: {
    label: "a number",
    check: (text) => /^-?\d{1,16}(\.\d{1,16})?$/.test(text),
  },
};

Object.entries(FORMATS).forEach(([name, { check }]) => {
  FormatRegistry.Set(name, check);
});

/** True for the text form of a UUID of any version, in either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** How a message calls the format, such as "a UUID"; an unknown one is called by its name. */
export function formatLabel(name: string): string {
  return FORMATS[name]?.label ?? `the format ${name}`;
}
