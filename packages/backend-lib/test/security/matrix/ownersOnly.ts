// The verbs that lock a table, and those that only its owner may use.

import { type Privilege } from "../../../src/db/policies";
import { type Subject } from "./subject";
import { type Verb } from "./verb";

/** Shows nothing, but holds others up: as far as the rights to change go, and no further. */
const lock = (mode: string, needs: readonly Privilege[]): Verb => ({
  name: `lock in ${mode} mode`,
  needs,
  effect: () => "locked",
  async run(client, { name }) {
    await client.query(`LOCK TABLE ${name} IN ${mode} MODE`);
    return "locked";
  },
});

const owners = (name: string, sql: (subject: Subject) => string): Verb => ({
  name,
  needs: [],
  effect: "refused",
  async run(client, subject) {
    await client.query(sql(subject));
    return "done";
  },
});

export const OWNERS_ONLY: readonly Verb[] = [
  lock("ACCESS SHARE", ["SELECT"]),
  lock("ACCESS EXCLUSIVE", ["UPDATE", "DELETE"]),
  owners("truncate", ({ name }) => `TRUNCATE ${name} CASCADE`),
  owners(
    "disable row-level security",
    ({ name }) => `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`,
  ),
  owners(
    "no longer force it",
    ({ name }) => `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`,
  ),
  owners(
    "add a policy",
    ({ name }) => `CREATE POLICY open ON ${name} USING (true)`,
  ),
  owners("drop the policy", ({ name }) => `DROP POLICY owner_all ON ${name}`),
  owners(
    "add a trigger",
    ({ name }) =>
      `CREATE TRIGGER spy BEFORE INSERT ON ${name} EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  ),
  owners(
    "take the table",
    ({ name }) => `ALTER TABLE ${name} OWNER TO current_user`,
  ),
];
