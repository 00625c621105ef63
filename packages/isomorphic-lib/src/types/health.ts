/**
 * GET /api, /api/health/live and /api/health/ready.
 */
import { type Static, Type } from "@sinclair/typebox";

/** GET /api → 200 */
export const VersionResponse = Type.Object({
  version: Type.Optional(Type.String()),
});
export type VersionResponse = Static<typeof VersionResponse>;

/** GET /api/health/live → 200 while the process answers at all. */
export const LivenessResponse = Type.Object({ status: Type.Literal("ok") });
export type LivenessResponse = Static<typeof LivenessResponse>;

/** GET /api/health/ready → 200 when `ready`, 503 until then. A check that failed says why, without secrets. */
export const ReadinessResponse = Type.Object({
  status: Type.Union([Type.Literal("ready"), Type.Literal("unavailable")]),
  checks: Type.Record(
    Type.String(),
    Type.Object({
      status: Type.Union([Type.Literal("ok"), Type.Literal("failed")]),
      message: Type.Optional(Type.String()),
    }),
  ),
});
export type ReadinessResponse = Static<typeof ReadinessResponse>;
