// The user properties of a workspace, ready to be read in SQL. Owns which of them a list of users shows: the workspace's
// own, not the host's internal ones, and as many as one statement can read for every user of a page.

import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  UserPropertyDefinition,
  type UserPropertyIndexType,
} from "isomorphic-lib/src/types";

import { db } from "../db";
import { userProperty, userPropertyIndex } from "../db/schema";
import { storedReader } from "../storedJson";
import { propertyValue, weightOf } from "./propertyValue";

/** How many properties a page shows, the oldest, and what reading them may cost together. */
export const MAX_SHOWN = 200;
export const MAX_SHOWN_WEIGHT = 2000;

export interface KnownProperty {
  readonly id: string;
  readonly name: string;
  /** Over a row `u` of "WorkspaceUser", as jsonb; undefined when it has no value for anyone. */
  readonly value: SQL | undefined;
  /** How its values compare; null when users cannot be sorted by it. */
  readonly indexType: UserPropertyIndexType | null;
}

const read = storedReader("UserProperty", UserPropertyDefinition);

export interface PropertiesOfPage {
  /** Those that were asked for and those that are shown, by id. */
  readonly known: ReadonlyMap<string, KnownProperty>;
  readonly shown: readonly KnownProperty[];
}

/** The properties of these ids and the `limit` oldest others, oldest first; not those whose definition is not understood. */
async function readProperties(
  workspaceId: string,
  ids: readonly string[],
  limit: number,
) {
  const isWanted = sql`${userProperty.id} = ANY(${sql.param(ids)}::uuid[])`;
  const rows = await db()
    .select({
      id: userProperty.id,
      name: userProperty.name,
      definition: userProperty.definition,
      createdAt: userProperty.createdAt,
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
    .orderBy(desc(isWanted), asc(userProperty.createdAt), asc(userProperty.id))
    .limit(ids.length + limit);
  return rows
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .flatMap(({ definition: stored, ...row }) => {
      const definition = read(row.id, stored);
      return definition === undefined ? [] : [{ ...row, definition }];
    });
}

/**
 * What a page can be filtered and sorted by (the properties of `ids`, which may be any text) and what it shows: of the
 * MAX_SHOWN oldest properties each that still fits into MAX_SHOWN_WEIGHT. With `showsNone` only the former.
 */
export async function findProperties(
  workspaceId: string,
  { ids, showsNone = false }: { ids: readonly string[]; showsNone?: boolean },
): Promise<PropertiesOfPage> {
  const wanted = new Set(ids.filter(isUuid).map((id) => id.toLowerCase()));
  const limit = showsNone ? 0 : MAX_SHOWN;
  if (wanted.size + limit === 0) {
    return { known: new Map(), shown: [] };
  }
  const known = new Map<string, KnownProperty>();
  const shown: KnownProperty[] = [];
  let weight = 0;
  const found = await readProperties(workspaceId, [...wanted], limit);
  for (const [place, { id, name, definition, indexType }] of found.entries()) {
    const value = propertyValue(definition, workspaceId);
    const property = { id, name, value, indexType };
    const fits = weight + weightOf(definition) <= MAX_SHOWN_WEIGHT;
    if (place < limit && fits) {
      weight += weightOf(definition);
      shown.push(property);
      known.set(id, property);
    } else if (wanted.has(id)) {
      known.set(id, property);
    }
  }
  return { known, shown };
}
