/**
 * The values of a user's properties as text.
 */
import { type UserResource } from "isomorphic-lib/src/types";

export interface NamedValue {
  readonly name: string;
  readonly text: string;
}

/** Properties that repeat what stands beside them anyway. */
const IDS = new Set(["id", "anonymousId"]);

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The user's properties by name, without empty ones and ids. */
export function userValues(user: UserResource): NamedValue[] {
  return Object.values(user.properties)
    .filter(
      ({ name, value }) =>
        !IDS.has(name) && value !== null && value !== undefined && value !== "",
    )
    .map(({ name, value }) => ({ name, text: textOf(value) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The user's e-mail address, if the workspace knows one. */
export function findEmail(user: UserResource): string | undefined {
  return userValues(user).find(({ name }) => name === "email")?.text;
}
