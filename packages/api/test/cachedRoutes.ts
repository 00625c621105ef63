// Every route whose answer is read through the cache, with two ways to change what it answers: by the API, and by SQL on another
// connection, of which the API is not told. Owns no assertions.

import { randomUUID } from "node:crypto";

import {
  emailTemplate,
  eventJourney,
  traitSegment,
} from "backend-lib/test/definitions";
import type pg from "pg";

import { type Method } from "./resourceCalls";
import { type Api, type ApiWorkspace } from "./useApi";

export interface CachedWorld {
  readonly api: Api;
  readonly workspace: ApiWorkspace;
  /** As the superuser. */
  readonly sql: pg.Pool;
}

/** Answers whether a body tells of the change. */
type Shows = (body: string) => boolean;

export interface CachedResource {
  /** Below /api, with and without what narrows them. */
  readonly urls: readonly string[];
  /** Changes something, as `tag`, a UUID, where the resource has room for a text. */
  readonly byApi: (tag: string) => Promise<Shows>;
  readonly bySql: (tag: string) => Promise<Shows>;
}

const holds =
  (text: string): Shows =>
  (body) =>
    body.includes(text);

async function call(
  { api, workspace }: CachedWorld,
  method: Method,
  url: string,
  payload: object,
): Promise<{ id: string }> {
  const reply = await api.inject({
    method,
    url: `/api${url}`,
    headers: workspace.headers,
    payload,
  });
  if (reply.statusCode >= 300) {
    throw new Error(`${method} ${url}: ${reply.statusCode} ${reply.body}`);
  }
  return reply.body === "" ? { id: "" } : reply.json<{ id: string }>();
}

/** One item that is renamed, by either way. */
async function renamed(
  world: CachedWorld,
  table: string,
  url: string,
  body: object,
  narrowed: readonly string[] = [],
): Promise<CachedResource> {
  const { id } = await call(world, "PUT", url, { name: "one", ...body });
  return {
    urls: [url, ...narrowed.map((query) => `${url}?${query.replace("@", id)}`)],
    byApi: async (tag) => {
      await call(world, "PUT", url, { id, name: tag, ...body });
      return holds(tag);
    },
    bySql: async (tag) => {
      await world.sql.query(
        `UPDATE public."${table}" SET "name" = $2 WHERE "id" = $1`,
        [id, tag],
      );
      return holds(tag);
    },
  };
}

async function subscriptionGroups(world: CachedWorld): Promise<CachedResource> {
  const url = "/subscription-groups";
  const body = { channel: "Email", type: "OptIn" };
  const group = await renamed(world, "SubscriptionGroup", url, body);
  return {
    ...group,
    // What the list tells of the groups' segments is in another table.
    bySql: async (tag) => {
      await world.sql.query(
        `UPDATE public."Segment" SET "id" = $2 WHERE "workspaceId" = $1 AND "name" LIKE 'subscriptionGroup-unsubscribed-%'`,
        [world.workspace.workspaceId, tag],
      );
      return holds(`"unsubscribedSegmentId":"${tag}"`);
    },
  };
}

async function indices(world: CachedWorld): Promise<CachedResource> {
  const url = "/user-property-indices";
  const add = async (userPropertyId: string) => {
    const definition = { type: "Trait", path: "plan" };
    const property = { id: userPropertyId, name: userPropertyId, definition };
    await call(world, "PUT", "/user-properties", property);
    await call(world, "PUT", url, { userPropertyId, type: "String" });
  };
  let last: string = randomUUID();
  await add(last);
  return {
    urls: [url],
    byApi: async (tag) => {
      const former = last;
      last = tag;
      // Its index goes with it, by a cascade.
      await call(world, "DELETE", "/user-properties", { id: former });
      await add(tag);
      return (body) => body.includes(tag) && !body.includes(former);
    },
    bySql: async (tag) => {
      await world.sql.query(
        `UPDATE public."UserPropertyIndex" SET "id" = $2 WHERE "workspaceId" = $1`,
        [world.workspace.workspaceId, tag],
      );
      return holds(tag);
    },
  };
}

async function dataSources(world: CachedWorld): Promise<CachedResource> {
  const { workspaceId } = world.workspace;
  const url = "/settings/data-sources";
  const variant = { type: "SegmentIO", sharedSecret: "secret" };
  await call(world, "PUT", url, { variant });
  let isThere = true;
  const isShown = (): Shows => {
    const there = isThere;
    return (body) => body.includes("SegmentIO") === there;
  };
  return {
    urls: [url],
    byApi: async () => {
      isThere = !isThere;
      await (isThere
        ? call(world, "PUT", url, { variant })
        : call(world, "DELETE", `${url}?type=SegmentIO`, {}));
      return isShown();
    },
    bySql: async () => {
      isThere = !isThere;
      await world.sql.query(
        isThere
          ? `INSERT INTO public."SegmentIOConfiguration" ("workspaceId", "sharedSecret", "updatedAt") VALUES ($1, 'secret', now())`
          : `DELETE FROM public."SegmentIOConfiguration" WHERE "workspaceId" = $1`,
        [workspaceId],
      );
      return isShown();
    },
  };
}

async function writeKeys(world: CachedWorld): Promise<CachedResource> {
  const url = "/settings/write-keys";
  let last = "one";
  await call(world, "PUT", url, { writeKeyName: last });
  return {
    urls: [url],
    byApi: async (tag) => {
      const former = last;
      last = tag;
      await call(world, "PUT", url, { writeKeyName: tag });
      await call(world, "DELETE", url, { writeKeyName: former });
      return (body) => body.includes(tag) && !body.includes(`"${former}"`);
    },
    bySql: async (tag) => {
      await world.sql.query(
        `UPDATE public."Secret" SET "value" = $3 WHERE "workspaceId" = $1 AND "name" = $2`,
        [world.workspace.workspaceId, last, tag],
      );
      return holds(`"writeKeyValue":"${tag}"`);
    },
  };
}

async function adminKeys(world: CachedWorld): Promise<CachedResource> {
  const url = "/admin-keys";
  let last = (await call(world, "POST", url, { name: "one" })).id;
  return {
    urls: [url],
    byApi: async (tag) => {
      const former = last;
      last = (await call(world, "POST", url, { name: tag })).id;
      await call(world, "DELETE", `${url}?id=${former}`, {});
      return (body) => body.includes(tag) && !body.includes(former);
    },
    bySql: async (tag) => {
      await world.sql.query(
        `UPDATE public."AdminApiKey" SET "name" = $2 WHERE "id" = $1`,
        [last, tag],
      );
      return holds(tag);
    },
  };
}

const BY_ID = "ids=@";
const OF_PEOPLE = "resourceType=Declarative";

/** By name: makes the resource in the world's workspace. */
export const CACHED_RESOURCES: Readonly<
  Record<string, (world: CachedWorld) => Promise<CachedResource>>
> = {
  segments: (world) =>
    renamed(world, "Segment", "/segments", { definition: traitSegment() }, [
      BY_ID,
      OF_PEOPLE,
    ]),
  journeys: (world) =>
    renamed(world, "Journey", "/journeys", { definition: eventJourney() }, [
      BY_ID,
      OF_PEOPLE,
      "getPartial=true",
      "getPartial=true&ids=@",
    ]),
  templates: (world) =>
    renamed(
      world,
      "MessageTemplate",
      "/content/templates",
      { definition: emailTemplate() },
      [BY_ID, OF_PEOPLE],
    ),
  "user properties": (world) =>
    renamed(world, "UserProperty", "/user-properties", {
      definition: { type: "Trait", path: "plan" },
    }),
  indices,
  "subscription groups": subscriptionGroups,
  "data sources": dataSources,
  "write keys": writeKeys,
  "admin keys": adminKeys,
};
