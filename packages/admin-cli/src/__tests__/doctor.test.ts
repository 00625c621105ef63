import { config } from "backend-lib/src/config";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";

import { runCli } from "../cli";
import { diagnosisText } from "../diagnosisText";

const env = useTenantEnv();

async function asSuperuser(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: env.url("superuser") });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function run(...args: string[]) {
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

const OPEN = `ALTER TABLE public."Segment" NO FORCE ROW LEVEL SECURITY`;
const CLOSE = `ALTER TABLE public."Segment" FORCE ROW LEVEL SECURITY`;

beforeAll(async () => {
  const database = new URL(env.url("superuser")).pathname.slice(1);
  // Rights on the database itself are not cloned with a template.
  await asSuperuser(
    `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;
     GRANT CONNECT ON DATABASE "${database}" TO dittofeed_app, dittofeed_system`,
  );
});

describe("doctor", () => {
  it("shows a healthy database as passed groups and a sum, and succeeds", async () => {
    const { status, stdout, stderr } = await run("doctor");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^✔ Row-level security \(\d+\)$/m);
    expect(stdout).toMatch(
      /^0 failures, \d+ warnings?, \d+ notes?, \d+ checks passed$/m,
    );
    for (const url of [config().databaseUrl, config().databaseAdminUrl]) {
      expect(stdout).not.toContain(url);
    }
  });

  it("shows what, why and how to mend, and fails", async () => {
    await asSuperuser(OPEN);
    const { status, stdout, stderr } = await run("doctor");
    await asSuperuser(CLOSE);
    expect(status).toBe(1);
    expect(stderr).toBe("The doctor found 1 failure.\n");
    expect(stdout).toMatch(/^✘ Row-level security \(\d+ of \d+ passed\)$/m);
    expect(stdout).toContain(
      "  ✘ failure: Row-level security is not forced  [rls.forced]\n" +
        '    What  public."Segment"\n    Why   ',
    );
    expect(stdout).toMatch(/^ {4}Mend {2}ALTER TABLE public\."Segment" FORCE/m);
  });

  it("prints JSON of a stable shape", async () => {
    await asSuperuser(OPEN);
    const broken = await run("doctor", "--json");
    await asSuperuser(CLOSE);
    expect(broken.status).toBe(1);
    const diagnosis = parse(broken.stdout);
    expect(diagnosis).toMatchObject({
      ok: false,
      database: { readAs: "dittofeed_owner" },
      summary: { failures: 1, notChecked: 0 },
    });
    expect(diagnosis).toHaveProperty(
      "findings",
      expect.arrayContaining([
        {
          check: "rls.forced",
          group: "Row-level security",
          severity: "failure",
          title: "Row-level security is not forced",
          what: ['public."Segment"'],
          why: "The tables' owner is bound by no policy then, and neither is a view or function that works with its rights.",
          mend: [`${CLOSE};`],
        },
      ]),
    );
    expect(diagnosis).toHaveProperty(
      "checks",
      expect.arrayContaining([
        {
          id: "rls.enabled",
          group: "Row-level security",
          title: "Row-level security is on for every table and partition",
          outcome: "passed",
        },
      ]),
    );
    const healthy = await run("doctor", "--json");
    expect(healthy.status).toBe(0);
    expect(parse(healthy.stdout)).toMatchObject({ ok: true });
  });

  it("fails on warnings when told to be strict", async () => {
    await asSuperuser("GRANT CREATE ON SCHEMA public TO PUBLIC");
    const lenient = await run("doctor");
    const strict = await run("doctor", "--strict", "--json");
    await asSuperuser("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    expect(lenient.status).toBe(0);
    expect(strict.status).toBe(1);
    expect(strict.stderr).toContain("--strict");
    expect(parse(strict.stdout)).toMatchObject({ ok: false });
  });

  it("names a few of many, and leaves the rest to JSON; control characters cannot drive the terminal", () => {
    const text = diagnosisText({
      ok: true,
      database: {
        name: "\u001b[31mred",
        server: "PostgreSQL 18",
        readAs: "me",
      },
      summary: { failures: 0, warnings: 1, notes: 2, passed: 1, notChecked: 1 },
      checks: [
        { id: "a", group: "Logins", title: "A", outcome: "warning" },
        {
          id: "b",
          group: "Server",
          title: "B",
          outcome: "notChecked",
          reason: "nobody may",
        },
        ...["C", "D"].map((title) => ({
          id: title,
          group: "Rights" as const,
          title,
          outcome: "notChecked" as const,
          reason: "nobody could",
        })),
      ],
      findings: [
        {
          check: "a",
          group: "Logins",
          severity: "warning",
          title: "Many",
          what: Array.from({ length: 30 }, (_, at) => `table ${at}\u001b[2J`),
          why: "long ".repeat(60).trim(),
          mend: ["mend"],
        },
      ],
    });
    expect(text).toContain("table 7");
    expect(text).not.toContain("table 8");
    expect(text).toContain("(and 22 more like these: --json has all)");
    expect(text).toContain("… not checked: B (nobody may)");
    expect(text).toContain("… not checked: 2 checks (nobody could)");
    expect(text).toContain(
      "0 failures, 1 warning, 2 notes, 1 check passed, 1 not checked",
    );
    expect(text).not.toContain("\u001b");
    expect(
      Math.max(...text.split("\n").map((line) => line.length)),
    ).toBeLessThanOrEqual(100);
  });
});

describe("isolation verify", () => {
  it("succeeds on a healthy database, in words and as JSON", async () => {
    const { status, stdout } = await run("isolation", "verify");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^✔ No way from one workspace into another: \d+ attempts on \d+ tables/m,
    );
    const json = await run("isolation", "verify", "--json");
    expect(json.status).toBe(0);
    expect(parse(json.stdout)).toMatchObject({
      ok: true,
      diagnosis: { ok: true },
      crossing: { tried: true, leaks: [] },
    });
  });

  it("fails on a leak and names it", async () => {
    await asSuperuser(
      `CREATE POLICY loose ON public."Segment" TO dittofeed_app USING (true)`,
    );
    const { status, stdout, stderr } = await run("isolation", "verify");
    await asSuperuser(`DROP POLICY loose ON public."Segment"`);
    expect(status).toBe(1);
    expect(stderr).toBe("Isolation is not verified.\n");
    expect(stdout).toMatch(
      /^ {2}Segment +read the other's row +1 row instead of 0 rows$/m,
    );
  });

  it("fails when crossing could not be tried", async () => {
    await asSuperuser(
      `ALTER TABLE public."Segment" ADD COLUMN "code" varchar(1) NOT NULL DEFAULT ''; ALTER TABLE public."Segment" ALTER COLUMN "code" DROP DEFAULT`,
    );
    const { status, stdout } = await run("isolation", "verify");
    await asSuperuser(`ALTER TABLE public."Segment" DROP COLUMN "code"`);
    expect(status).toBe(1);
    expect(stdout).toContain("✘ Crossing was not tried: value too long");
  });

  it.each(
    [["isolation"], ["isolation", "prove"], ["doctor", "--force"]].map(
      (args) => [args],
    ),
  )("does not understand %j", async (args) => {
    expect((await run(...args)).status).toBe(2);
  });
});

it("answers programs in JSON also when the database is out of reach", async () => {
  const url = config().databaseUrl;
  Reflect.set(config(), "databaseUrl", "postgresql://x:y@127.0.0.1:1/x");
  try {
    for (const command of [["doctor"], ["isolation", "verify"]]) {
      const { status, stdout, stderr } = await run(...command, "--json");
      expect(status).toBe(1);
      const answer = parse(stdout);
      expect(answer).toMatchObject({ ok: false });
      expect(answer).toHaveProperty("error.message", stderr.trim());
      expect((await run(...command)).stdout).toBe("");
    }
  } finally {
    Reflect.set(config(), "databaseUrl", url);
  }
});
