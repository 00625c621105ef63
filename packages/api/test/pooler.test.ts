// The whole API with PgBouncer in transaction mode between it and its database: what it does for several workspaces at once,
// through few connections that they share, arrives with each of them and with nobody else.

import { randomUUID } from "node:crypto";

import {
  hasPgBouncer,
  throughPgBouncer,
  usePgBouncer,
} from "backend-lib/test/pgBouncer";
import { beforeAll, describe, expect, it } from "vitest";

import { type ApiWorkspace, useApi } from "./useApi";

const WORKSPACES = 12;
const USERS = ["ann", "ben", "cleo"];

describe.skipIf(!hasPgBouncer())("the API behind PgBouncer", () => {
  const api = useApi({ through: (url) => throughPgBouncer(url) });
  usePgBouncer(api.env);
  const workspaces: ApiWorkspace[] = [];

  beforeAll(async () => {
    for (let i = 0; i < WORKSPACES; i += 1) {
      workspaces.push(await api.workspace());
    }
  });

  const admin = (
    { headers }: ApiWorkspace,
    method: "GET" | "POST" | "PUT",
    url: string,
    payload?: object,
  ) =>
    api.inject({
      method,
      url: `/api/admin${url}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });

  const everywhere = <T>(work: (workspace: ApiWorkspace) => Promise<T>) =>
    Promise.all(workspaces.map(work));

  it("really takes that way", () => {
    expect(new URL(process.env.DATABASE_URL ?? "").port).not.toBe(
      new URL(api.env.url("dittofeed_app")).port,
    );
  });

  it("stores each workspace's events, and shows it its own users", async () => {
    await everywhere(async ({ workspaceId, writeKey }) => {
      const response = await api.inject({
        method: "POST",
        url: "/api/public/apps/batch",
        headers: { authorization: writeKey },
        payload: {
          batch: USERS.map((name) => ({
            type: "identify",
            messageId: randomUUID(),
            userId: `${name}@${workspaceId}`,
            traits: { name },
          })),
        },
      });
      expect(response.statusCode).toBe(204);
    });
    await everywhere(async (workspace) => {
      const response = await admin(workspace, "POST", "/users", {});
      expect(response.statusCode).toBe(200);
      expect(
        response.json<{ users: { id: string }[] }>().users.map(({ id }) => id),
      ).toEqual(USERS.map((name) => `${name}@${workspace.workspaceId}`));
    });
  });

  it("changes and lists each workspace's segments in transactions", async () => {
    await everywhere(async (workspace) => {
      const names = ["one", "two"].map((n) => `${n} ${workspace.workspaceId}`);
      for (const name of names) {
        const { statusCode } = await admin(workspace, "PUT", "/segments", {
          workspaceId: workspace.workspaceId,
          name,
          definition: {
            id: "x",
            entryNode: { type: "Everyone", id: "1" },
            nodes: [],
          },
        });
        expect(statusCode).toBe(200);
      }
      const response = await admin(
        workspace,
        "GET",
        `/segments?workspaceId=${workspace.workspaceId}`,
      );
      expect(
        response
          .json<{ segments: { name: string }[] }>()
          .segments.map(({ name }) => name),
      ).toEqual(names);
    });
  });
});
