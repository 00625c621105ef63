import { describe, expect, it } from "vitest";

import { config, ConfigSchema, loadConfig } from "./config";
import { parseDefaultQuotas } from "./config/defaultQuotas";
import { ConfigError, variableName } from "./config/loader";
import { parseWorkspaceTimeouts } from "./config/workspaceTimeouts";

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems;
    }
    throw error;
  }
  return [];
};

describe("loadConfig", () => {
  it("has a default for everything that does not have to be said", () => {
    expect(loadConfig({})).toMatchObject({
      port: 3000,
      host: "127.0.0.1",
      authMode: "anonymous",
      tenantCacheTtlSeconds: 300,
      apiBodyLimitBytes: 5 * 1024 * 1024,
      seedDemo: true,
    });
  });

  it("reads numbers and booleans, and takes an empty variable for unset", () => {
    expect(
      loadConfig({
        PORT: "0",
        SEED_DEMO: "false",
        TENANT_CACHE_TTL: "5",
        LOG_LEVEL: "",
      }),
    ).toMatchObject({
      port: 0,
      seedDemo: false,
      tenantCacheTtlSeconds: 5,
      logLevel: "info",
    });
  });

  it("names every bad variable and what it has to be, without its value", () => {
    const problems = problemsOf({
      PORT: "70000",
      AUTH_MODE: "open",
      PASSWORD: "short",
    });
    expect(problems).toEqual([
      "PORT has an unusable value: port to listen on; 0 takes a free one",
      "AUTH_MODE has an unusable value: anonymous, single-tenant or multi-tenant",
      "PASSWORD has an unusable value: password of single-tenant mode, 8 characters or more",
    ]);
    expect(problems.join()).not.toContain("short");
  });

  it("takes no time that a timer would overflow on", () => {
    const settings = Object.entries(ConfigSchema.properties)
      .filter(([key]) => key.endsWith("Ms"))
      .map(([key, schema]) => variableName(key, schema));
    expect(settings).toContain("DATABASE_QUEUE_TIMEOUT_MS");
    for (const name of settings) {
      expect(() => loadConfig({ [name]: "2147483648" })).toThrow(name);
      expect(() => loadConfig({ [name]: "2147483647" })).not.toThrow();
    }
  });

  it("asks for a provider and exactly one kind of key in multi-tenant mode", () => {
    const secret = "s".repeat(32);
    expect(problemsOf({ AUTH_MODE: "multi-tenant" })).toHaveLength(2);
    expect(
      problemsOf({
        AUTH_MODE: "multi-tenant",
        AUTH_PROVIDER: "x",
        JWT_SECRET: secret,
        JWKS_URL: "http://k",
      }),
    ).toHaveLength(1);
    expect(
      problemsOf({
        AUTH_MODE: "multi-tenant",
        AUTH_PROVIDER: "x",
        JWT_SECRET: secret,
      }),
    ).toEqual([]);
  });

  it.each([
    "5000",
    "{",
    '{"acme": 5000}',
    '{"8d7e0f0a-4c55-4d0f-9a53-0c2f0b1d6a11": "5 s"}',
    '{"8d7e0f0a-4c55-4d0f-9a53-0c2f0b1d6a11": -1}',
  ])("refuses %s for the time-outs of single workspaces", (text) => {
    expect(
      problemsOf({ DATABASE_WORKSPACE_STATEMENT_TIMEOUTS: text })[0],
    ).toContain("write it like");
  });

  it("takes time-outs of single workspaces as JSON", () => {
    const text = '{"8D7E0F0A-4c55-4d0f-9a53-0c2f0b1d6a11": 5000}';
    expect(problemsOf({ DATABASE_WORKSPACE_STATEMENT_TIMEOUTS: text })).toEqual(
      [],
    );
    expect(
      parseWorkspaceTimeouts({ databaseWorkspaceStatementTimeouts: text }),
    ).toEqual(new Map([["8d7e0f0a-4c55-4d0f-9a53-0c2f0b1d6a11", 5000]]));
  });

  it("asks for a password and a key in single-tenant mode", () => {
    expect(problemsOf({ AUTH_MODE: "single-tenant" })).toHaveLength(2);
    expect(
      problemsOf({
        AUTH_MODE: "single-tenant",
        PASSWORD: "long enough",
        SECRET_KEY: "k".repeat(44),
      }),
    ).toEqual([]);
  });

  it.each(["0.0.0.0", "::", "192.168.1.5", "127.0.0.1.example.org"])(
    "refuses to be open to the network at %s without being told so",
    (host) => {
      expect(problemsOf({ HOST: host })[0]).toContain(
        "ALLOW_ANONYMOUS_REMOTE=true",
      );
      expect(
        problemsOf({ HOST: host, ALLOW_ANONYMOUS_REMOTE: "true" }),
      ).toEqual([]);
    },
  );

  it.each(["127.0.0.1", "127.9.9.9", "localhost", "::1"])(
    "takes %s for loopback",
    (host) => {
      expect(problemsOf({ HOST: host })).toEqual([]);
    },
  );

  it("describes every variable", () => {
    for (const [key, property] of Object.entries(ConfigSchema.properties)) {
      expect(property.description, variableName(key, property)).toBeTruthy();
    }
  });

  it("is read once", () => {
    expect(config()).toBe(config());
  });

  it("refuses a seal key that is none, or that would have no effect", () => {
    const CONTEXT_SEAL_KEY = Buffer.alloc(32, 1).toString("base64");
    expect(problemsOf({ CONTEXT_SEAL_KEY })).toEqual([]);
    expect(
      problemsOf({
        CONTEXT_SEAL_KEY: "x".repeat(50),
        CONTEXT_SEAL_KEY_PREVIOUS: "!".repeat(44),
      }),
    ).toEqual([
      expect.stringMatching(/^CONTEXT_SEAL_KEY is not 32 bytes/),
      expect.stringMatching(/^CONTEXT_SEAL_KEY_PREVIOUS is not 32 bytes/),
    ]);
    expect(problemsOf({ TENANT_POLICIES: "sealed" })).toEqual([
      "CONTEXT_SEAL_KEY is required when TENANT_POLICIES is sealed",
    ]);
    expect(problemsOf({ CONTEXT_SEAL_KEY_PREVIOUS: CONTEXT_SEAL_KEY })).toEqual(
      [expect.stringContaining("only beside CONTEXT_SEAL_KEY")],
    );
    expect(problemsOf({ CONTEXT_SEAL_KEY, TENANT_POLICIES: "citus" })).toEqual([
      expect.stringContaining("cannot check a seal"),
    ]);
  });
});

describe("DEFAULT_WORKSPACE_QUOTAS", () => {
  it("is the registry's defaults where it says nothing", () => {
    const defaults = parseDefaultQuotas({});
    expect(defaults.isOk() && defaults.value).toMatchObject({
      maxSegments: 1000,
      maxEventsPerMonth: null,
    });
    const some = parseDefaultQuotas(
      loadConfig({
        DEFAULT_WORKSPACE_QUOTAS: '{"maxSegments": 5, "maxUsers": null}',
      }),
    );
    expect(some.isOk() && some.value).toEqual({
      ...(defaults.isOk() ? defaults.value : {}),
      maxSegments: 5,
      maxUsers: null,
    });
  });

  it.each([
    ["no JSON", "{", "DEFAULT_WORKSPACE_QUOTAS is not JSON"],
    ["a list", "[]", "DEFAULT_WORKSPACE_QUOTAS: expected object, got array"],
    ["a negative limit", '{"maxUsers": -1}', "maxUsers"],
    ["a fraction", '{"maxUsers": 1.5}', "maxUsers"],
    ["2^53", '{"maxUsers": 9007199254740992}', "maxUsers"],
    [
      "a text",
      '{"maxUsers": "5"}',
      "maxUsers: expected a whole number or null",
    ],
    ["less than the minimum", '{"maxSegments": 0}', "maxSegments"],
    [
      "a misspelt field",
      '{"maxSegment": 5}',
      "maxSegment: there is no such field, only maxUsers, ",
    ],
  ])("refuses %s by its name", (_case, text, problem) => {
    const problems = problemsOf({ DEFAULT_WORKSPACE_QUOTAS: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).toMatch(/^DEFAULT_WORKSPACE_QUOTAS/);
  });
});
