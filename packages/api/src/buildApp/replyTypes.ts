// Lets a handler refuse with any body: Fastify's types bind every status to the route's response schemas, but only answers of
// success have one (see validation.ts). Owns nothing at run time.

import {
  type ContextConfigDefault,
  type FastifyTypeProvider,
  type FastifyTypeProviderDefault,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerBase,
  type RawServerDefault,
  type RouteGenericInterface,
} from "fastify";
import {
  type FastifyReplyType,
  type ResolveFastifyReplyType,
} from "fastify/types/type-provider";

type RefusalStatus =
  400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 429 | 500 | 503;

/* eslint-disable @typescript-eslint/no-unused-vars -- the parameters have to be there, used or not */
declare module "fastify" {
  // Type parameters as Fastify declares them, which an interface's further declarations have to repeat.
  interface FastifyReply<
    RouteGeneric extends RouteGenericInterface = RouteGenericInterface,
    RawServer extends RawServerBase = RawServerDefault,
    RawRequest extends RawRequestDefaultExpression<RawServer> =
      RawRequestDefaultExpression<RawServer>,
    RawReply extends RawReplyDefaultExpression<RawServer> =
      RawReplyDefaultExpression<RawServer>,
    ContextConfig = ContextConfigDefault,
    SchemaCompiler extends FastifySchema = FastifySchema,
    TypeProvider extends FastifyTypeProvider = FastifyTypeProviderDefault,
    ReplyType extends FastifyReplyType = ResolveFastifyReplyType<
      TypeProvider,
      SchemaCompiler,
      RouteGeneric
    >,
  > {
    /** A refusal's body is not bound by the route's response schema. */
    status(statusCode: RefusalStatus): FastifyReply;
  }
}
