// The verbs that meet a row which is there already, or would make it another's. Whatever they did is rolled back by the matrix.

import { copyNothing } from "../copying";
import { counted, hasKey, keyOf, statement, TOUCH } from "./statement";
import { at, MARK, type Subject, valuesOf } from "./subject";
import {
  MALFORMED,
  type Outcome,
  REFUSED,
  type Standing,
  UNSUPPORTED,
  type Verb,
} from "./verb";

/** Home's own row once more: it is there already, so its owner adds nothing, and nobody else may say that it is theirs. */
const again =
  (whenThere: Outcome) =>
  (_: Subject, { sight }: Standing): Outcome => {
    if (sight === "error") {
      return MALFORMED;
    }
    return sight === "home" || sight === "everything" ? whenThere : REFUSED;
  };

/** A change that no context makes lawful; what the system role may do with it is not the matrix's business. */
const never = (_: Subject, { sight, isApp }: Standing): Outcome | undefined => {
  if (!isApp) {
    return undefined;
  }
  if (sight === "error") {
    return MALFORMED;
  }
  return sight === "home" ? REFUSED : "0";
};

export const CONFLICTS: readonly Verb[] = [
  statement("insert what is there, do nothing", ["INSERT"], again("0"), (s) => {
    const { sql, values } = valuesOf(s.homeRow);
    return [`INSERT INTO ${s.name} ${sql} ON CONFLICT DO NOTHING`, values];
  }),
  {
    ...statement(
      "insert what is there, do update",
      ["SELECT", "INSERT", "UPDATE"],
      again("1"),
      (s) => {
        const { sql, values } = valuesOf(s.homeRow);
        return [
          `INSERT INTO ${s.name} AS t ${sql} ON CONFLICT (${keyOf(s)}) DO UPDATE SET ${TOUCH(s)} RETURNING ${MARK} AS mark`,
          values,
        ];
      },
    ),
    suits: hasKey,
  },
  {
    name: "take over home's row by its id",
    needs: ["SELECT", "INSERT", "UPDATE"],
    effect: (_, { sight, isApp }) => {
      if (!isApp) {
        return undefined;
      }
      return sight === "error" ? MALFORMED : REFUSED;
    },
    suits: ({ primaryKey }) => primaryKey.join() === "id",
    run(client, s) {
      const { sql, values } = valuesOf({ ...s.draft, id: s.homeRow.id });
      return counted(client, [
        `INSERT INTO ${s.name} AS t ${sql} ON CONFLICT ("id") DO UPDATE SET "${s.ownColumn}" = EXCLUDED."${s.ownColumn}"`,
        values,
      ]);
    },
  },
  {
    name: "move home's row to another workspace",
    needs: ["SELECT", "UPDATE"],
    effect: never,
    run(client, s) {
      const { where, values } = at(s.homeRow, 2);
      return counted(client, [
        `UPDATE ${s.name} AS t SET "${s.ownColumn}" = $1 WHERE ${where}`,
        [s.draft[s.ownColumn], ...values],
      ]);
    },
  },
  {
    name: "move whatever is there to another workspace",
    needs: ["UPDATE"],
    effect: (_, { sight, isApp }) => {
      if (!isApp) {
        return undefined;
      }
      if (sight === "error") {
        return MALFORMED;
      }
      return sight === "nothing" ? "0" : REFUSED;
    },
    run: (client, s) =>
      counted(client, [
        `UPDATE ${s.name} SET "${s.ownColumn}" = $1`,
        [s.draft[s.ownColumn]],
      ]),
  },
  {
    name: "copy from stdin",
    needs: ["INSERT"],
    effect: () => UNSUPPORTED,
    async run(client, { name }) {
      await copyNothing(client, `COPY ${name} FROM STDIN`);
      return "copied";
    },
  },
];
