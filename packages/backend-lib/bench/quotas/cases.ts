// What is written to a hot workspace, with its counters and without them. Owns the statements and the switch; quotas.ts measures.

import { randomUUID } from "node:crypto";

import type pg from "pg";

import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { ingestEvents } from "../../src/userEvents";

export interface Case {
  readonly name: string;
  /** Whose triggers are switched. */
  readonly tables: readonly string[];
  readonly write: () => Promise<unknown>;
  /** Goes through db(). */
  readonly byHost?: boolean;
}

const COUNTING = ["count_insert", "count_update", "count_delete"];
const BATCH = 20;

const INSERT_USERS = `
  INSERT INTO public."WorkspaceUser" ("workspaceId", "userId", "traits")
  SELECT $1::uuid, $2 || n, '{"plan": "free"}' FROM generate_series(1, $3::integer) AS n`;
const INSERT_USER = `
  INSERT INTO public."WorkspaceUser" ("workspaceId", "userId", "traits") VALUES ($1, $2, '{"plan": "free"}')`;
const CONTENT = `{"to": "ada@example.com", "subject": "Hello", "body": "Welcome."}`;
const INSERT_MESSAGES = `
  INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content")
  SELECT $1::uuid, $2 || n, 'ada', 'Email', '${CONTENT}' FROM generate_series(1, $3::integer) AS n`;
const INSERT_MESSAGE = `
  INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content")
  VALUES ($1, $2, 'ada', 'Email', '${CONTENT}')`;

/** The cases, over one pool of the app role; what is ingested goes the product's own way. */
export function casesOf(app: pg.Pool, workspaceId: string): readonly Case[] {
  const insert = (name: string, text: string, count?: number) => () =>
    app.query({
      name,
      text,
      values: [
        workspaceId,
        `${randomUUID()} `,
        ...(count === undefined ? [] : [count]),
      ],
    });
  return [
    {
      name: "users, one a statement",
      tables: ["WorkspaceUser"],
      write: insert("user", INSERT_USER),
    },
    {
      name: `users, ${BATCH} a statement`,
      tables: ["WorkspaceUser"],
      write: insert("users", INSERT_USERS, BATCH),
    },
    {
      name: "users, by ingestEvents",
      byHost: true,
      tables: ["WorkspaceUser", "UserEvent"],
      write: () =>
        runWithTenant(
          {
            workspaceId,
            actor: { type: "worker", id: "benchmark" },
            requestId: randomUUID(),
          },
          () =>
            ingestEvents({
              workspaceId,
              events: [
                {
                  type: "identify",
                  messageId: randomUUID(),
                  userId: randomUUID(),
                  traits: { plan: "free" },
                },
              ],
            }),
        ),
    },
    {
      name: "messages, one a statement",
      tables: ["Message"],
      write: insert("message", INSERT_MESSAGE),
    },
    {
      name: `messages, ${BATCH} a statement`,
      tables: ["Message"],
      write: insert("messages", INSERT_MESSAGES, BATCH),
    },
  ];
}

/** Lets the tables be counted, or not. */
export async function switchCounting(
  owner: pg.Pool,
  tables: readonly string[],
  isOn: boolean,
): Promise<void> {
  for (const table of tables) {
    for (const trigger of COUNTING) {
      await owner.query(
        `ALTER TABLE public."${table}" ${isOn ? "ENABLE" : "DISABLE"} TRIGGER ${trigger}`,
      );
    }
  }
}
