// .env.example is written from the schema of the settings, so that it never lags behind: `npm test -- envExample -u`
// writes it anew.
import { ConfigSchema } from "backend-lib/src/config";
import { variableName } from "backend-lib/src/config/loader";
import { expect, it } from "vitest";

/** What the scripts read before, or instead of, the program's own settings. */
const SCRIPT_VARIABLES: Record<string, string> = {
  "DATA_DIR=.data":
    "folder of the own PostgreSQL (used when DATABASE_URL is not set) and of its secret key",
  "DASHBOARD_PORT=3001":
    "yarn dev: port of the dashboard's development server, PORT + 1 unless set",
  "TEST_DATABASE_URL=":
    "npm test: superuser URL of a PostgreSQL to use instead of the own one",
  "TEST_REDIS_URL=": "npm test: URL of a Redis to use instead of the own one",
  "TEST_PGBOUNCER=":
    "npm test: pgbouncer program to use instead of the one found",
  "CHROMIUM_PATH=": "npm test: a Chromium for the page tests",
};

function entry(assignment: string, meaning: string): string {
  return `# ${meaning}\n# ${assignment}\n`;
}

function shown(fallback: unknown): string {
  if (fallback === undefined) {
    return "";
  }
  return typeof fallback === "string" ? fallback : JSON.stringify(fallback);
}

function envExample(): string {
  const settings = Object.entries(ConfigSchema.properties).map(
    ([key, property]) =>
      entry(
        `${variableName(key, property)}=${shown(property.default)}`,
        property.description ?? "",
      ),
  );
  const own = Object.entries(SCRIPT_VARIABLES).map(([name, meaning]) =>
    entry(name, meaning),
  );
  return [
    "# Every setting with its default. Copy this file to .env and take out the # where you want another value.\n",
    ...settings,
    "# --- read by the scripts alone ---\n",
    ...own,
  ].join("\n");
}

it("every setting is in .env.example, with its meaning and its default", async () => {
  for (const [key, property] of Object.entries(ConfigSchema.properties)) {
    expect(property.description, `${key} has no description`).toBeTruthy();
  }
  await expect(envExample()).toMatchFileSnapshot("../../.env.example");
});
