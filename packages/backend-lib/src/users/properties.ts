// The user properties of a workspace, ready to be read in SQL. Owns which of them a list of users shows: the workspace's
// own, not the host's internal ones.

import { and, asc, eq, type SQL } from "drizzle-orm";
import {
  UserPropertyDefinition,
  type UserPropertyIndexType,
} from "isomorphic-lib/src/types";

import { db } from "../db";
import { userProperty, userPropertyIndex } from "../db/schema";
import { storedReader } from "../storedJson";
import { propertyValue } from "./propertyValue";

export interface KnownProperty {
  readonly id: string;
  readonly name: string;
  /** Over a row `u` of "WorkspaceUser", as jsonb; undefined when it has no value for anyone. */
  readonly value: SQL | undefined;
  /** How its values compare; null when users cannot be sorted by it. */
  readonly indexType: UserPropertyIndexType | null;
}

const read = storedReader("UserProperty", UserPropertyDefinition);

/** By id. One whose stored definition is not understood is left out. */
export async function findProperties(
  workspaceId: string,
): Promise<Map<string, KnownProperty>> {
  const rows = await db()
    .select({
      id: userProperty.id,
      name: userProperty.name,
      definition: userProperty.definition,
      indexType: userPropertyIndex.type,
    })
    .from(userProperty)
    .leftJoin(
      userPropertyIndex,
      and(
        eq(userPropertyIndex.workspaceId, workspaceId),
        eq(userPropertyIndex.userPropertyId, userProperty.id),
      ),
    )
    .where(
      and(
        eq(userProperty.workspaceId, workspaceId),
        eq(userProperty.resourceType, "Declarative"),
      ),
    )
    .orderBy(asc(userProperty.name));
  return new Map(
    rows.flatMap(({ definition: stored, ...row }) => {
      const definition = read(row.id, stored);
      return definition === undefined
        ? []
        : [[row.id, { ...row, value: propertyValue(definition, workspaceId) }]];
    }),
  );
}
