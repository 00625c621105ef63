import { randomUUID } from "node:crypto";

import { useTenantEnv } from "backend-lib/test/tenantEnv";
import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
} from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { GetWorkspaceQuotaResponse } from "isomorphic-lib/src/types";
import { assert, describe, expect, it } from "vitest";

import { runCli } from "../cli";

const env = useTenantEnv();

async function run(...args: string[]) {
  const written = { stdout: "", stderr: "" };
  const status = await runCli(["quotas", ...args], {
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
  });
  return { status, ...written };
}

async function runJson(...args: string[]): Promise<GetWorkspaceQuotaResponse> {
  const { status, stdout, stderr } = await run(...args, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const parsed: unknown = JSON.parse(stdout);
  const answer = schemaValidate(parsed, GetWorkspaceQuotaResponse);
  assert(answer.isOk());
  return answer.value;
}

async function addSegments(workspaceId: string, count: number) {
  await env.owner.query(
    `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "updatedAt")
     SELECT $1, 'segment ' || n, '{}', now() FROM generate_series(1, $2::integer) AS n`,
    [workspaceId, count],
  );
}

describe("quotas get", () => {
  it("shows each resource in a line: what is used, of what, and whose word that is", async () => {
    const workspaceId = await env.createWorkspace();
    await addSegments(workspaceId, 4);
    await run("set", workspaceId, "--max-segments", "5");
    await run("set", workspaceId, "--max-segments", "8", "--ceiling");
    const { status, stdout, stderr } = await run("get", workspaceId);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [head, ...lines] = stdout.trimEnd().split("\n");
    expect(head?.split(/\s+/)).toEqual(
      "RESOURCE USED LIMIT % STATE SOURCE CEILING RESETS".split(" "),
    );
    expect(lines).toHaveLength(QUOTA_RESOURCE_NAMES.length);
    const cells = lines.map((line) => line.split(/\s+/));
    expect(cells).toContainEqual(
      "segments 4 5 80 warning limit 8 -".split(" "),
    );
    expect(cells).toContainEqual(
      expect.arrayContaining(["events", "0", "unlimited", "-", "default"]),
    );
    expect(lines.find((line) => line.startsWith("messages"))).toMatch(
      /\d{4}-\d{2}-01$/,
    );
  });

  it("prints quota and usage as the API does", async () => {
    const workspaceId = await env.createWorkspace();
    const { quota, usage } = await runJson("get", workspaceId);
    expect(quota.workspaceId).toBe(workspaceId);
    expect(usage.map(({ resourceType }) => resourceType)).toEqual(
      QUOTA_RESOURCE_NAMES,
    );
  });

  it("shows what a parent says for its children, and what a child shares", async () => {
    const parent = await env.createWorkspace({ type: "Parent" });
    const child = await env.createWorkspace({
      type: "Child",
      parentWorkspaceId: parent,
    });
    await run("set", parent, "--children", "--max-users", "unlimited");
    const set = await run("set", parent, "--pool", "--max-segments", "3");
    expect(set.stdout).toMatch(/each of its children:\n {2}maxUsers {2}unlim/);
    expect(set.stdout).toMatch(/children together:\n {2}maxSegments {2}3\n/);
    await addSegments(child, 2);
    const { stdout } = await run("get", child);
    expect(stdout).toMatch(/other children.*\n {2}segments {2}2 of 3 used\n/);
  });
});

describe("quotas set", () => {
  it("has a flag for each resource, sets what is given, and leaves the rest", async () => {
    const workspaceId = await env.createWorkspace();
    const { quota } = await runJson(
      ...["set", workspaceId, "--max-segments", "5", "--max-users=unlimited"],
      ...["--max-storage-bytes", "0", "--max-events-per-month", "7"],
    );
    expect(quota.limits).toEqual({
      maxSegments: 5,
      maxUsers: null,
      maxStorageBytes: 0,
      maxEventsPerMonth: 7,
    });
    const later = await runJson(
      ...["set", workspaceId, "--max-users", "inherited", "--max-members", "9"],
    );
    expect(later.quota.limits).toEqual({
      maxSegments: 5,
      maxStorageBytes: 0,
      maxEventsPerMonth: 7,
      maxMembers: 9,
    });
    const { stdout } = await run("set", "--help");
    for (const name of QUOTA_RESOURCE_NAMES) {
      const { field } = QUOTA_RESOURCES[name];
      const flag = field.replace(/[A-Z]/g, (all) => `-${all.toLowerCase()}`);
      expect(stdout).toContain(`--${flag} `);
    }
  });

  it("is in the history as done at the command line", async () => {
    const workspaceId = await env.createWorkspace();
    await runJson("set", workspaceId, "--max-users", "5", "--ceiling");
    const { rows } = await env.owner.query(
      `SELECT "layer", "actor" FROM public."QuotaChange" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows).toMatchObject([{ layer: "ceiling", actor: { id: "cli" } }]);
  });

  it.each([
    ["a negative number", ["--max-users=-1"], 1, "--max-users takes"],
    ["a fraction", ["--max-users", "1.5"], 1, "--max-users takes"],
    ["2^53", ["--max-users", "9007199254740992"], 1, "--max-users takes"],
    ["a word", ["--max-users", "many"], 1, "unlimited"],
    ["an empty text", ["--max-users="], 1, "--max-users takes"],
    ["less than the minimum", ["--max-segments", "0"], 1, "--max-segments"],
    [
      "above the ceiling",
      ["--max-journeys", "4"],
      1,
      "--max-journeys: may be 3",
    ],
    ["nothing", [], 1, "Say what to set"],
    ["two layers", ["--max-users", "1", "--pool", "--ceiling"], 1, "at a time"],
    ["an unknown resource", ["--max-webhooks", "1"], 2, "webhooks"],
    ["a flag without a value", ["--max-users"], 2, "max-users"],
  ])(
    "refuses %s in a sentence and stores nothing",
    async (_case, args, status, message) => {
      const workspaceId = await env.createWorkspace();
      await run("set", workspaceId, "--max-journeys", "3", "--ceiling");
      const ran = await run("set", workspaceId, ...args);
      expect(ran.status).toBe(status);
      expect(ran.stdout).toBe("");
      expect(ran.stderr).toContain(message);
      expect(ran.stderr).not.toMatch(/\n\s+at |insert into|select /i);
      const { quota } = await runJson("get", workspaceId);
      expect(quota.limits).toEqual({});
    },
  );
});

describe("quotas reset", () => {
  it("takes back the workspace's own limits, or those of the layer named", async () => {
    const workspaceId = await env.createWorkspace();
    await runJson("set", workspaceId, "--max-users", "5", "--max-members", "6");
    await runJson("set", workspaceId, "--max-users", "7", "--ceiling");
    const own = await runJson("reset", workspaceId);
    expect(own.quota).toMatchObject({ limits: {}, ceilings: { maxUsers: 7 } });
    const above = await runJson("reset", workspaceId, "--ceiling");
    expect(above.quota.ceilings).toEqual({});
    expect(above.quota.maxUsers).toBe(QUOTA_RESOURCES.users.default);
  });
});

describe("quotas reconcile", () => {
  async function breakCounter(workspaceId: string) {
    await env.owner.query(
      `UPDATE public."WorkspaceUsage" SET "used" = 90 WHERE "workspaceId" = $1 AND "resourceType" = 'segments'`,
      [workspaceId],
    );
  }

  it("finds every counter right after ordinary work, in all workspaces", async () => {
    const workspaceId = await env.createWorkspace();
    await addSegments(workspaceId, 3);
    const { status, stdout, stderr } = await run("reconcile");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Every counter of \d+ workspaces is right\.\n$/);
    expect(stderr).toMatch(/^recounted \d+ of \d+ workspaces$/m);
  });

  it("reports and mends a wrong one, and fails for it", async () => {
    const workspaceId = await env.createWorkspace();
    await addSegments(workspaceId, 3);
    await breakCounter(workspaceId);
    const { status, stdout, stderr } = await run("reconcile");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`^${workspaceId} +segments +workspace +90 +3$`, "m"),
    );
    expect(stderr).toContain("1 counter did not say what is there");
    await breakCounter(workspaceId);
    const one = await run("reconcile", workspaceId, "--json");
    expect(one.status).toBe(1);
    expect(JSON.parse(one.stdout)).toEqual({
      ok: false,
      workspaces: 1,
      drift: [
        {
          workspaceId,
          resourceType: "segments",
          scope: "workspace",
          recorded: 90,
          counted: 3,
        },
      ],
    });
    const again = await run("reconcile", workspaceId, "--json");
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      ok: true,
      workspaces: 1,
      drift: [],
    });
  });
});

describe("every quotas command", () => {
  it.each([
    ["get", []],
    ["set", ["--max-users", "1"]],
    ["reset", []],
    ["reconcile", []],
  ])("%s refuses a workspace that is not there", async (command, args) => {
    const unknown = await run(command, randomUUID(), ...args);
    expect(unknown).toMatchObject({ status: 1, stdout: "" });
    expect(unknown.stderr).toContain("There is no such workspace.");
    const unusable = await run(command, "acme", ...args);
    expect(unusable).toMatchObject({ status: 1, stdout: "" });
    expect(unusable.stderr).toContain("UUID");
  });

  it("says which commands there are", async () => {
    const { status, stderr } = await run();
    expect(status).toBe(2);
    expect(stderr).toContain("quotas get, set, reset or reconcile");
  });
});
