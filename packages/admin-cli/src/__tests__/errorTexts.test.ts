// What a failure of the database says at the terminal: never a statement, a parameter or a value that it quotes.

import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterEach, expect, it } from "vitest";

import { runCli } from "../cli";

const env = useTenantEnv();
const NAME = "a name that nobody is to read";

afterEach(() => env.owner.query("DROP FUNCTION public.refuse CASCADE"));

it.each([
  ["23505", "a key is taken"],
  ["22P02", `invalid input: "${NAME}"`],
])(
  "of SQLSTATE %s, the values are kept from the terminal",
  async (code, text) => {
    await env.owner.query(
      `CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION '${text}' USING ERRCODE = '${code}', DETAIL = 'Key (name)=(${NAME})', HINT = '${NAME}'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON public."UserProperty" FOR EACH ROW EXECUTE FUNCTION public.refuse()`,
    );
    let said = "";
    const status = await runCli(["workspaces", "create", "--name", NAME], {
      stdout: () => undefined,
      stderr: (line) => {
        said += line;
      },
    });
    expect(status).toBe(1);
    expect(said).toMatch(/^The database refuses.*\.\n$/);
    expect(said).not.toContain(NAME);
    expect(said).not.toMatch(/insert into|params|Key \(/i);
  },
);
