/**
 * What the API answers when it does not answer with the thing asked for: refusals, errors and the small success
 * bodies. Errors of one domain's own (a segment's, a journey's) live with that domain.
 */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

/** One thing that is wrong with a request: where, as a path such as `definition/nodes/0/type` (empty: the whole value),
 *  and what was expected. */
export const FieldError = Type.Object({
  field: Type.String(),
  message: Type.String(),
});
export type FieldError = Static<typeof FieldError>;

/** 400: a request that does not fit its schema. `message` names the first bad field, `errors` all of them (the first
 *  twenty). */
export const ValidationErrorResponse = Type.Object({
  statusCode: Type.Literal(400),
  code: Type.Literal("FST_ERR_VALIDATION"),
  error: Type.Literal("Bad Request"),
  message: Type.String(),
  errors: Type.Array(FieldError),
});
export type ValidationErrorResponse = Static<typeof ValidationErrorResponse>;

/** Any other refusal that Fastify's own error form carries: 404 of a route, 413, 415, 500. */
export const ErrorResponse = Type.Object({
  statusCode: Type.Integer(),
  code: Type.Optional(Type.String()),
  error: Type.String(),
  message: Type.String(),
});
export type ErrorResponse = Static<typeof ErrorResponse>;

/** A text for the person who reads it. */
export const BaseMessageResponse = Type.Object({ message: Type.String() });
export type BaseMessageResponse = Static<typeof BaseMessageResponse>;

/** A body without a byte. */
export const EmptyResponse = Type.Unsafe<undefined>(
  Type.Null({ description: "Empty" }),
);
export type EmptyResponse = Static<typeof EmptyResponse>;

/** The id given belongs to no row of this workspace that can be updated, or cannot be used for a new one. */
export const IdError = Type.Object({
  type: Type.Literal("IdError"),
  message: Type.String(),
});
export type IdError = Static<typeof IdError>;

/** The name (or id) is taken. 400 on PUT, 409 on POST. */
export const UniqueConstraintViolation = Type.Object({
  type: Type.Literal("UniqueConstraintViolation"),
  message: Type.String(),
});
export type UniqueConstraintViolation = Static<
  typeof UniqueConstraintViolation
>;

/** Fields that are well-formed one by one do not go together, or one needed for this case is missing. */
export const BadValues = Type.Object({
  type: Type.Literal("BadValues"),
  message: Type.String(),
});
export type BadValues = Static<typeof BadValues>;

/** A definition that fits its schema but not itself, or names a resource that the workspace does not have: each field
 *  that is wrong. */
export const InvalidDefinition = Type.Object({
  type: Type.Literal("InvalidDefinition"),
  message: Type.String(),
  errors: Type.Array(FieldError),
});
export type InvalidDefinition = Static<typeof InvalidDefinition>;

/** No such resource in this workspace; also what another workspace's resource looks like. */
export const NotFound = Type.Object({
  type: Type.Literal("NotFound"),
  message: Type.String(),
});
export type NotFound = Static<typeof NotFound>;

/** The host made this resource for its own ends and keeps it up to date itself: it cannot be changed by its own routes. */
export const ProtectedResource = Type.Object({
  type: Type.Literal("ProtectedResource"),
  message: Type.String(),
});
export type ProtectedResource = Static<typeof ProtectedResource>;

/** The JSON form of a Result: `{type: "Ok", value}` or `{type: "Err", err}`. */
export const JsonResult = <T extends TSchema, E extends TSchema>(
  value: T,
  error: E,
) =>
  Type.Union([
    Type.Object({ type: Type.Literal("Ok"), value }),
    Type.Object({ type: Type.Literal("Err"), err: error }),
  ]);
