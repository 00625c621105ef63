// Where a workspace's events come from besides its own clients: the one kind there is, Segment, with the secret that its
// deliveries are signed with. Owns keeping it; checking a delivery belongs to the webhook that takes it.

import { Type } from "@sinclair/typebox";
import { eq } from "drizzle-orm";
import {
  type DataSourceConfigurationResource,
  DataSourceType,
  type DataSourceVariant,
} from "isomorphic-lib/src/types";

import { db } from "./db";
import { segmentIoConfiguration } from "./db/schema";
import { sharedKind, tenantCache } from "./multitenancy/cache";

const TYPES = sharedKind({
  name: "dataSources",
  scopes: ["settings"],
  schema: Type.Array(DataSourceType),
});

async function selectTypes(workspaceId: string): Promise<DataSourceType[]> {
  const rows = await db()
    .select({ id: segmentIoConfiguration.id })
    .from(segmentIoConfiguration)
    .where(eq(segmentIoConfiguration.workspaceId, workspaceId));
  return rows.map(() => "SegmentIO");
}

/** The kinds of data source that the workspace has configured. From the cache. */
export async function listDataSources({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<DataSourceType[]> {
  const types = await tenantCache().getOrLoad(TYPES, {
    workspaceId,
    load: () => selectTypes(workspaceId),
  });
  return [...types];
}

/** Configures the data source, in place of what was configured before. */
export async function upsertDataSource({
  workspaceId,
  variant,
}: {
  workspaceId: string;
  variant: DataSourceVariant;
}): Promise<DataSourceConfigurationResource> {
  const { sharedSecret } = variant;
  const [row] = await db()
    .insert(segmentIoConfiguration)
    .values({ workspaceId, sharedSecret })
    .onConflictDoUpdate({
      target: segmentIoConfiguration.workspaceId,
      set: { sharedSecret },
    })
    .returning({ id: segmentIoConfiguration.id });
  if (row === undefined) {
    throw new Error("The data source was written, but no row came back.");
  }
  return { id: row.id, workspaceId, variant };
}

/** Removes the data source's configuration, if there is one. */
export async function deleteDataSource({
  workspaceId,
}: {
  workspaceId: string;
  type: DataSourceType;
}): Promise<void> {
  await db()
    .delete(segmentIoConfiguration)
    .where(eq(segmentIoConfiguration.workspaceId, workspaceId));
}
