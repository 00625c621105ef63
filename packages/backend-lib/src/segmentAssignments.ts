// Who is in a segment, as far as somebody said so: the users of manual segments and the choices made about subscription
// groups. Owns the writing of "SegmentAssignment"; leaves it to segments and groups what a row means.

import { and, eq, sql } from "drizzle-orm";

import { type Transaction } from "./db";
import { segmentAssignment } from "./db/schema";

export interface SegmentMembership {
  readonly userId: string;
  readonly segmentId: string;
  readonly inSegment: boolean;
}

/**
 * Rows are written in order of their key, so that two writers never wait for each other in a circle. One parameter,
 * however many rows there are.
 */
const upsert = (workspaceId: string, rows: string) => sql`
INSERT INTO public."SegmentAssignment" ("workspaceId", "userId", "segmentId", "inSegment")
SELECT ${workspaceId}::uuid, "userId", "segmentId", "inSegment"
FROM jsonb_to_recordset(${rows}::jsonb) AS item("userId" text, "segmentId" uuid, "inSegment" boolean)
ORDER BY "userId", "segmentId"
ON CONFLICT ("workspaceId", "userId", "segmentId") DO UPDATE SET "inSegment" = excluded."inSegment"
WHERE "SegmentAssignment"."inSegment" <> excluded."inSegment"`;

/**
 * Stores the memberships; of several for one user and segment the last counts. The segments must be the workspace's own
 * and locked by `tx`: the caller has read them there.
 */
export async function putSegmentMemberships(
  tx: Transaction,
  workspaceId: string,
  memberships: readonly SegmentMembership[],
): Promise<void> {
  const unique = new Map(
    memberships.map((membership) => [
      JSON.stringify([membership.userId, membership.segmentId]),
      membership,
    ]),
  );
  if (unique.size > 0) {
    await tx.execute(upsert(workspaceId, JSON.stringify([...unique.values()])));
  }
}

/** Forgets who was in the segment. */
export async function clearSegmentMemberships(
  tx: Transaction,
  workspaceId: string,
  segmentId: string,
): Promise<void> {
  await tx
    .delete(segmentAssignment)
    .where(
      and(
        eq(segmentAssignment.workspaceId, workspaceId),
        eq(segmentAssignment.segmentId, segmentId),
      ),
    );
}
