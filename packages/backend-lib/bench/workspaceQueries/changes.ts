// What indexes do to changes: deletes, which look for rows that refer to the deleted one, gain by them; writes pay for
// them. Each is a call of the product's own service. What a delete deletes is made before and not timed.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";

import { createAdminApiKey, deleteAdminApiKey } from "../../src/adminApiKeys";
import { createJourney, deleteJourney } from "../../src/journeys";
import {
  createMessageTemplate,
  deleteMessageTemplate,
} from "../../src/messageTemplates";
import { deleteSecret, listSecrets, upsertSecret } from "../../src/secrets";
import {
  createSegment,
  deleteSegment,
  updateManualSegment,
} from "../../src/segments";
import {
  deleteSubscriptionGroup,
  upsertSubscriptionGroup,
} from "../../src/subscriptionGroups";
import { ingestEvents } from "../../src/userEvents";
import {
  deleteUserProperty,
  upsertUserProperty,
} from "../../src/userProperties";
import { deleteUsers } from "../../src/users";
import { deleteWriteKey, upsertWriteKey } from "../../src/writeKeys";
import { type BenchWorkspace } from "./workspaces";

/** A change that can be made again and again: `prepare` is not timed, and `run` gets what it answered. */
export interface BenchChange {
  readonly name: string;
  readonly prepare: (workspace: BenchWorkspace) => Promise<string>;
  readonly run: (
    workspace: BenchWorkspace,
    prepared: string,
  ) => Promise<unknown>;
}

const newName = () => `bench ${randomUUID()}`;
const idOfResult = (
  result: Parameters<typeof unwrap<{ id: string }, unknown>>[0],
) => unwrap(result).id;

const USERS_AT_ONCE = 100;
const newUsers = () =>
  Array.from({ length: USERS_AT_ONCE }, () => `bench-${randomUUID()}`);

async function newManualSegment({ id: workspaceId }: BenchWorkspace) {
  return idOfResult(
    await createSegment({
      workspaceId,
      name: newName(),
      definition: {
        entryNode: { type: "Manual", id: "entry", version: 1 },
        nodes: [],
      },
    }),
  );
}

const events = (users: readonly string[]) =>
  users.map((userId) => ({
    type: "track" as const,
    messageId: randomUUID(),
    userId,
    event: "Product Viewed",
    properties: { path: "/page/1", price: 10 },
  }));

export const DELETES: readonly BenchChange[] = [
  {
    name: "delete a segment",
    prepare: newManualSegment,
    run: ({ id: workspaceId }, id) => deleteSegment({ workspaceId, id }),
  },
  {
    name: "delete a journey",
    prepare: async ({ id: workspaceId }) =>
      idOfResult(await createJourney({ workspaceId, name: newName() })),
    run: ({ id: workspaceId }, id) => deleteJourney({ workspaceId, id }),
  },
  {
    name: "delete a template",
    prepare: async ({ id: workspaceId }) =>
      idOfResult(
        await createMessageTemplate({
          workspaceId,
          name: newName(),
          definition: { type: "Sms", body: "Hello" },
        }),
      ),
    run: ({ id: workspaceId }, id) =>
      deleteMessageTemplate({ workspaceId, id, type: "Sms" }),
  },
  {
    name: "delete a user property",
    prepare: async ({ id: workspaceId }) =>
      idOfResult(
        await upsertUserProperty({
          workspaceId,
          name: newName(),
          definition: { type: "Trait", path: "plan" },
        }),
      ),
    run: ({ id: workspaceId }, id) => deleteUserProperty({ workspaceId, id }),
  },
  {
    name: "delete a subscription group",
    prepare: async ({ id: workspaceId }) =>
      idOfResult(
        await upsertSubscriptionGroup({
          workspaceId,
          name: newName(),
          type: "OptIn",
          channel: "Email",
        }),
      ),
    run: ({ id: workspaceId }, id) =>
      deleteSubscriptionGroup({ workspaceId, id }),
  },
  {
    name: "delete an admin API key",
    prepare: async ({ id: workspaceId }) =>
      idOfResult(await createAdminApiKey({ workspaceId, name: newName() })),
    run: ({ id: workspaceId }, id) => deleteAdminApiKey({ workspaceId, id }),
  },
  {
    name: "delete a write key",
    prepare: async ({ id: workspaceId }) => {
      const writeKeyName = newName();
      unwrap(await upsertWriteKey({ workspaceId, writeKeyName }));
      return writeKeyName;
    },
    run: ({ id: workspaceId }, writeKeyName) =>
      deleteWriteKey({ workspaceId, writeKeyName }),
  },
  {
    name: "delete a secret",
    prepare: async ({ id: workspaceId }) => {
      const name = newName();
      unwrap(await upsertSecret({ workspaceId, name, value: "value" }));
      const [secret] = await listSecrets({ workspaceId, names: [name] });
      return secret?.id ?? "";
    },
    run: ({ id: workspaceId }, id) => deleteSecret({ workspaceId, id }),
  },
  {
    name: "delete a user",
    prepare: async ({ id: workspaceId }) => {
      const userId = `bench-${randomUUID()}`;
      unwrap(await ingestEvents({ workspaceId, events: events([userId]) }));
      return userId;
    },
    run: ({ id: workspaceId }, userId) =>
      deleteUsers({ workspaceId, userIds: [userId] }),
  },
];

export const WRITES: readonly BenchChange[] = [
  {
    name: `store ${USERS_AT_ONCE} events of new users`,
    prepare: async () => "",
    run: ({ id: workspaceId }) =>
      ingestEvents({ workspaceId, events: events(newUsers()) }),
  },
  {
    name: `put ${USERS_AT_ONCE} new users on a list`,
    prepare: newManualSegment,
    run: ({ id: workspaceId }, segmentId) =>
      updateManualSegment({ workspaceId, segmentId, userIds: newUsers() }),
  },
  {
    name: "make a segment",
    prepare: async () => "",
    run: newManualSegment,
  },
];
