import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { validateAdminApiKey, validateWriteKey } from "backend-lib/src/auth";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { CreatedWorkspace } from "isomorphic-lib/src/types";
import { assert, describe, expect, it } from "vitest";

import { runCli } from "../cli";

const env = useTenantEnv();

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: string[]): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const status = await runCli(args, {
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
  });
  return { status, ...written };
}

function parse(json: string): unknown {
  return JSON.parse(json);
}

async function createJson(...args: string[]): Promise<CreatedWorkspace> {
  const { status, stdout, stderr } = await run(
    ...["workspaces", "create", "--json", ...args],
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const created = schemaValidate(parse(stdout), CreatedWorkspace);
  assert(created.isOk());
  return created.value;
}

async function workspaceCount(): Promise<number> {
  const { rowCount } = await env.owner.query(
    `SELECT 1 FROM public."Workspace"`,
  );
  return rowCount ?? 0;
}

describe("workspaces create", () => {
  it("prints the id and working keys as JSON", async () => {
    const created = await createJson("--name", "Acme");
    expect(Object.keys(created).sort()).toEqual([
      "adminApiKey",
      "workspaceId",
      "writeKey",
    ]);
    const { workspaceId, adminApiKey, writeKey } = created;
    const admin = await validateAdminApiKey({
      authorization: `Bearer ${adminApiKey}`,
      selector: { by: "id", workspaceId },
    });
    const write = await validateWriteKey({ authorization: writeKey });
    expect(admin.isOk() && write.isOk()).toBe(true);
  });

  it("makes a child that its Parent's key opens, also by external id", async () => {
    const parent = await createJson("--name", "Agency", "--type", "Parent");
    const child = await createJson(
      ...["--name", "Client", "--external-id", "c-1"],
      ...["--parent", parent.workspaceId],
    );
    const opened = await validateAdminApiKey({
      authorization: `Bearer ${parent.adminApiKey}`,
      selector: { by: "externalId", externalId: "c-1" },
    });
    expect(opened.isOk() && opened.value.workspace.id).toBe(child.workspaceId);
  });

  it("tells people what to do with the keys", async () => {
    const { status, stdout } = await run(
      ...["workspaces", "create", "--name", "For people"],
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^workspace id\s+[0-9a-f-]{36}$/m);
    expect(stdout).toMatch(/^admin API key\s+[0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^write key\s+Basic \S+$/m);
  });

  it("takes a name that looks like a number or an option as text", async () => {
    await createJson("--name", "0123");
    await createJson("--name=--json");
    const { stdout } = await run("workspaces", "list", "--json");
    for (const name of ["0123", "--json"]) {
      expect(parse(stdout)).toContainEqual(expect.objectContaining({ name }));
    }
  });

  it.each([
    ["a taken name", ["--name", "Twice"], 1, "name Twice exists already"],
    ["an empty name", ["--name", ""], 1, "1 to 255 characters"],
    ["no name", [], 2, "name"],
    ["a name without a value", ["--name"], 2, "name"],
    ["a tombstone's name", ["--name", "DfTombstonedX"], 1, "DfTombstoned"],
    ["a bad parent", ["--name", "N", "--parent", "x"], 1, "UUID"],
    [
      "an unknown parent",
      ["--name", "N", "--parent", "11111111-1111-4111-8111-111111111111"],
      1,
      "no active workspace",
    ],
    ["an unknown type", ["--name", "N", "--type", "Giant"], 2, "Giant"],
    ["an unknown option", ["--name", "N", "--force"], 2, "force"],
  ])(
    "refuses %s in a sentence and makes nothing",
    async (_case, args, status, message) => {
      await run("workspaces", "create", "--name", "Twice");
      const before = await workspaceCount();
      const ran = await run("workspaces", "create", ...args);
      expect(ran.status).toBe(status);
      expect(ran.stdout).toBe("");
      expect(ran.stderr).toContain(message);
      expect(ran.stderr).not.toMatch(/\n\s+at |insert into|select /i);
      expect(await workspaceCount()).toBe(before);
    },
  );
});

describe("workspaces list", () => {
  it("shows every workspace in aligned columns, without letting a name drive the terminal", async () => {
    await env.createWorkspace({ name: "\u001b[31mRed", status: "Paused" });
    const { status, stdout } = await run("workspaces", "list");
    expect(status).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(await workspaceCount());
    expect(stdout).toContain("\\u001b[31mRed");
    expect(stdout).not.toContain("\u001b");
    const column = head?.indexOf("STATUS") ?? -1;
    lines.forEach((line) => {
      expect(line.slice(column)).toMatch(/^(Active|Paused)/);
    });
  });

  it("prints an array as JSON", async () => {
    const { stdout } = await run("workspaces", "list", "--json");
    const listed = parse(stdout);
    expect(listed).toHaveLength(await workspaceCount());
    expect(listed).toContainEqual(
      expect.objectContaining({ status: "Paused", type: "Root" }),
    );
  });
});

describe("the command line", () => {
  it.each([
    [["--help"], ["workspaces"]],
    [
      ["workspaces", "--help"],
      ["create", "list"],
    ],
    [
      ["workspaces", "create", "--help"],
      ["--name", "--parent", "--json"],
    ],
    [["workspaces", "list", "--help"], ["--json"]],
  ])("explains %j", async (args, mentioned) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    mentioned.forEach((text) => {
      expect(stdout).toContain(text);
    });
  });

  it.each([[[]], [["frob"]], [["workspaces"]], [["workspaces", "creat"]]])(
    "does not understand %j",
    async (args) => {
      const { status, stdout, stderr } = await run(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain("--help");
    },
  );

  it("as a program, ends with the exit status and keeps stdout for the answer", async () => {
    const program = fileURLToPath(
      new URL("../../scripts/admin.ts", import.meta.url),
    );
    const spawned = (args: string[], databaseUrl: string) =>
      new Promise<Ran>((resolve) => {
        const child = execFile(
          process.execPath,
          ["--import", "tsx", program, ...args],
          {
            cwd: path.dirname(program),
            env: {
              ...process.env,
              DATABASE_URL: databaseUrl,
              DATABASE_SYSTEM_URL: databaseUrl,
            },
          },
          (_error, stdout, stderr) => {
            resolve({ status: child.exitCode ?? -1, stdout, stderr });
          },
        );
      });
    const [good, unreachable, refused] = await Promise.all([
      spawned(["workspaces", "list", "--json"], env.url("dittofeed_system")),
      spawned(["workspaces", "list"], "postgres://x:secret@127.0.0.1:1/x"),
      spawned(
        ["workspaces", "list"],
        env.url("dittofeed_system").replace(/\/[^/]*$/, "/no_such_database"),
      ),
    ]);
    expect(good.status).toBe(0);
    expect(Array.isArray(parse(good.stdout))).toBe(true);
    expect(unreachable.status).toBe(1);
    expect(unreachable.stdout).toBe("");
    expect(unreachable.stderr).toContain("cannot be reached");
    expect(unreachable.stderr).not.toContain("secret");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("no_such_database");
  });
});
