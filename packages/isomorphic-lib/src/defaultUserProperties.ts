/**
 * The user properties that every new workspace has. Their rows are written by `backend-lib`.
 */
import type { UserPropertyDefinition } from "./types/userProperty";

export interface DefaultUserProperty {
  readonly name: string;
  readonly definition: UserPropertyDefinition;
  /** JSON text, for previews of messages. */
  readonly exampleValue: string;
}

function trait(name: string, example: unknown): DefaultUserProperty {
  return {
    name,
    definition: { type: "Trait", path: name },
    exampleValue: JSON.stringify(example),
  };
}

/** In the order in which they are listed; the names are those that Dittofeed gives a new workspace. */
export const DEFAULT_USER_PROPERTIES: readonly DefaultUserProperty[] = [
  {
    name: "id",
    definition: { type: "Id" },
    exampleValue: JSON.stringify("62b44d22-0d14-4f6d-8a3c-5d7fd94ba1a3"),
  },
  {
    name: "anonymousId",
    definition: { type: "AnonymousId" },
    exampleValue: JSON.stringify("8d8fcbd6-26f3-4c1c-a9f1-2c0de7f1c7a0"),
  },
  trait("email", "maya@example.com"),
  trait("phone", "+15555550123"),
  trait("deviceToken", "device-token-of-a-phone"),
  trait("firstName", "Maya"),
  trait("lastName", "Okafor"),
  trait("language", "en"),
  trait("accountManager", "sam@example.com"),
  trait("latLon", "52.5200,13.4050"),
  trait("timezone", "Europe/Berlin"),
];
