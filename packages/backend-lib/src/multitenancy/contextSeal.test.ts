import { createHmac } from "node:crypto";

import { afterEach, describe, expect, it, vi } from "vitest";

import { useClock } from "../clock";
import { parseSealKey } from "../config/sealKey";
import { createSealer } from "./contextSeal";

const BASE64 = Buffer.alloc(32, 7).toString("base64");
const WORKSPACE = "0191f0a0-7b1e-4c3d-8e2f-0123456789ab";

function keyOf(base64: string) {
  const key = parseSealKey(base64);
  if (key === undefined) {
    throw new Error("not a key");
  }
  return key;
}

let restore = () => {};
afterEach(() => restore());
function at(seconds: number) {
  restore();
  restore = useClock({ now: () => new Date(seconds * 1000) });
}

describe("parseSealKey", () => {
  it("takes 32 bytes of base64, with or without padding, under one id", () => {
    const key = keyOf(BASE64);
    expect(key.bytes).toHaveLength(32);
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
    expect(keyOf(BASE64.replace("=", "")).id).toBe(key.id);
    expect(keyOf(Buffer.alloc(32, 8).toString("base64")).id).not.toBe(key.id);
  });

  it("takes nothing else", () => {
    for (const text of [
      "",
      "short",
      Buffer.alloc(31).toString("base64"),
      Buffer.alloc(33).toString("base64"),
      ` ${BASE64}`,
      `${BASE64.slice(0, -2)}!=`,
    ]) {
      expect(parseSealKey(text), text).toBeUndefined();
    }
  });
});

describe("createSealer", () => {
  it("seals version, key, expiry and workspace, whatever the letters' case", () => {
    at(1_800_000_000);
    const key = keyOf(BASE64);
    const head = `v1.${key.id}.1800000600`;
    const mac = createHmac("sha256", Buffer.alloc(32, 7))
      .update(`${head}.${WORKSPACE}`)
      .digest("hex");
    const seal = createSealer(key);
    expect(seal(WORKSPACE)).toBe(`${head}.${mac}`);
    expect(seal(WORKSPACE.toUpperCase())).toBe(`${head}.${mac}`);
  });

  it("lasts between five and ten minutes, and is made anew in time", () => {
    const seal = createSealer(keyOf(BASE64));
    const secondsLeft = (now: number) => {
      at(now);
      return Number(seal(WORKSPACE).split(".")[2]) - now;
    };
    expect(secondsLeft(1_800_000_000)).toBe(600);
    expect(secondsLeft(1_800_000_299)).toBe(301);
    expect(secondsLeft(1_800_000_300)).toBe(600);
  });

  it("answers the same for a workspace that it has let go meanwhile", () => {
    at(1_800_000_000);
    const seal = createSealer(keyOf(BASE64));
    const first = seal(WORKSPACE);
    for (let i = 0; i < 10_001; i += 1) {
      seal(`workspace ${i}`);
    }
    expect(seal(WORKSPACE)).toBe(first);
  });
});

describe("what is configured", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.resetModules();
  });
  /** The modules as a process with these variables would load them. */
  const load = async (variables: Record<string, string>) => {
    vi.resetModules();
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, value);
    }
    const { configuredSealer } = await import("./contextSeal");
    const { configuredPolicies } = await import("../db/sealKeys");
    return { configuredSealer, configuredPolicies };
  };

  it("is no seal, and the policies as they are, without a key", async () => {
    const { configuredSealer, configuredPolicies } = await load({
      CONTEXT_SEAL_KEY: "",
    });
    expect(configuredSealer()).toBeUndefined();
    expect(configuredPolicies()).toEqual({ dialect: undefined, sealKeys: [] });
  });

  it("is the sealed dialect with a key, the former one being accepted beside it", async () => {
    const previous = Buffer.alloc(32, 9).toString("base64");
    const { configuredSealer, configuredPolicies } = await load({
      CONTEXT_SEAL_KEY: BASE64,
      CONTEXT_SEAL_KEY_PREVIOUS: previous,
    });
    expect(configuredSealer()?.(WORKSPACE)).toContain(
      `v1.${keyOf(BASE64).id}.`,
    );
    const { dialect, sealKeys } = configuredPolicies();
    expect(dialect).toBe("sealed");
    expect(sealKeys.map(({ id }) => id)).toEqual([
      keyOf(BASE64).id,
      keyOf(previous).id,
    ]);
  });

  it("is sealed contexts under plain policies while a key is being brought in", async () => {
    const { configuredSealer, configuredPolicies } = await load({
      CONTEXT_SEAL_KEY: BASE64,
      TENANT_POLICIES: "plain",
    });
    expect(configuredSealer()).toBeDefined();
    expect(configuredPolicies()).toMatchObject({ dialect: "plain" });
  });
});
