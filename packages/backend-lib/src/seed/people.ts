// Invented people: names, addresses and where they live. Owns the traits that every user of the demo has; what a
// workspace knows beyond that is said in its own file.

import { type JsonObject } from "isomorphic-lib/src/types";

import { type Random } from "./random";

const FIRST_NAMES = [
  ...["Ada", "Amara", "Ben", "Carla", "Chen", "Dario", "Elif", "Emeka"],
  ...["Farah", "Freya", "Goran", "Hana", "Ines", "Ivan", "Jonas", "Julia"],
  ...["Kofi", "Lena", "Liam", "Lucia", "Mateo", "Maya", "Mina", "Nadia"],
  ...["Noah", "Olga", "Omar", "Paula", "Priya", "Quinn", "Rosa", "Samir"],
  ...["Sofia", "Tariq", "Tess", "Uma", "Victor", "Wen", "Yara", "Zoe"],
] as const;

const LAST_NAMES = [
  ...["Abara", "Andersson", "Bauer", "Becker", "Cruz", "Dubois", "Endo"],
  ...["Fischer", "Garcia", "Haddad", "Hansen", "Ito", "Jansen", "Kaya"],
  ...["Kim", "Kowalski", "Larsen", "Lopez", "Martin", "Mehta", "Moreau"],
  ...["Novak", "Okafor", "Olsen", "Park", "Patel", "Quist", "Rossi"],
  ...["Santos", "Schmidt", "Silva", "Smith", "Tanaka", "Vargas", "Wood"],
] as const;

const PLACES = [
  { city: "Berlin", country: "DE", language: "de", timezone: "Europe/Berlin" },
  {
    city: "Chicago",
    country: "US",
    language: "en",
    timezone: "America/Chicago",
  },
  { city: "Denver", country: "US", language: "en", timezone: "America/Denver" },
  { city: "Lisbon", country: "PT", language: "pt", timezone: "Europe/Lisbon" },
  { city: "London", country: "GB", language: "en", timezone: "Europe/London" },
  { city: "Madrid", country: "ES", language: "es", timezone: "Europe/Madrid" },
  {
    city: "New York",
    country: "US",
    language: "en",
    timezone: "America/New_York",
  },
  { city: "Paris", country: "FR", language: "fr", timezone: "Europe/Paris" },
  {
    city: "Portland",
    country: "US",
    language: "en",
    timezone: "America/Los_Angeles",
  },
  {
    city: "Toronto",
    country: "CA",
    language: "en",
    timezone: "America/Toronto",
  },
] as const;

/** The person with this number; no two numbers share an address. Addresses and phone numbers are reserved ones. */
export function person(random: Random, number: number): JsonObject {
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const { city, country, language, timezone } = random.pick(PLACES);
  return {
    firstName,
    lastName,
    email: `${firstName}.${lastName}${number}@example.com`.toLowerCase(),
    ...(random.chance(0.4)
      ? { phone: `+1555555${String(100 + (number % 100)).padStart(4, "0")}` }
      : {}),
    city,
    country,
    language,
    timezone,
  };
}
