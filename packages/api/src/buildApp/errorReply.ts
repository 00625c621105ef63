// What goes wrong, and how it is answered: one table from error type to status, one handler for what is thrown. Owns that no
// answer carries SQL, keys, values of constraints or a stack. Leaves what each domain refuses to its controller.

import { STATUS_CODES } from "node:http";

import {
  type AdminApiKeyError,
  type WriteKeyError,
} from "backend-lib/src/auth";
import { type PoolRefusalType } from "backend-lib/src/multitenancy/connectionPool";
import { toQuotaError } from "backend-lib/src/multitenancy/resourceQuotas";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import {
  type SessionAuthenticationError,
  type WorkspaceAccessError,
} from "backend-lib/src/requestContext";
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import {
  type ErrorResponse,
  type QuotaExceeded,
} from "isomorphic-lib/src/types";

import { drainRequest } from "./errorReply/drainRequest";
import { plainQuotaAnswer, quotaAnswer } from "./errorReply/quotaProblem";
import {
  isDatabaseUnavailable,
  isTooSlow,
  poolRefusal,
} from "./errorReply/thrownError";
import { RequestRefused } from "./requestRefused";
import { findTenant } from "./requestTenant";

/** The caller's role does not suffice, or the request comes from a page of somebody else's. */
export interface BoundaryError {
  readonly type: "RoleTooLow" | "ForeignOrigin";
  readonly message: string;
}

/** The database has no room for this workspace's work now, or the server is stopping. */
export interface DatabaseBusy {
  readonly type: PoolRefusalType;
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** Too many wrong passwords; `retryAfterSeconds` says when the next try is looked at. */
export interface TooManyAttempts {
  readonly type: "TooManyAttempts";
  readonly message: string;
  readonly retryAfterSeconds: number;
}

export type ApiError =
  | AdminApiKeyError
  | BoundaryError
  | DatabaseBusy
  | SessionAuthenticationError
  | TooManyAttempts
  | WorkspaceAccessError
  | WriteKeyError;

const STATUS: Record<ApiError["type"], number> = {
  MissingAuthorization: 401,
  MalformedAuthorization: 401,
  InvalidAdminApiKey: 401,
  InvalidWriteKey: 401,
  WorkspaceIneligible: 401,
  NotAuthenticated: 401,
  EmailNotVerified: 403,
  AccountConflict: 403,
  NotOnboarded: 403,
  WorkspaceForbidden: 403,
  WorkspaceInactive: 403,
  RoleTooLow: 403,
  ForeignOrigin: 403,
  TooManyAttempts: 429,
  IdentityProviderUnavailable: 503,
  TenantQueueFull: 503,
  TenantQueueTimeout: 503,
  TenantPoolDraining: 503,
};

const RETRY_AFTER_SECONDS = 2;

/** Answers an expected refusal: its status from the table, its message, and its type unless that is the message. */
export function refuse(reply: FastifyReply, error: ApiError): FastifyReply {
  const { type, message } = error;
  if ("retryAfterSeconds" in error) {
    reply.header("retry-after", error.retryAfterSeconds);
  } else if (type === "IdentityProviderUnavailable") {
    reply.header("retry-after", RETRY_AFTER_SECONDS);
  }
  return reply
    .status(STATUS[type])
    .send(message === type ? { message } : { type, message });
}

/** Answers that a quota has no room: 429, or 403 for more than its whole limit; names every quota that has none. */
export async function sendQuotaProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: QuotaExceeded,
): Promise<FastifyReply> {
  const tenant = findTenant(request);
  const { quota } = request.routeOptions.config;
  const asked = quota === "none" ? undefined : quota;
  const { body, headers } =
    tenant === undefined
      ? plainQuotaAnswer(refusal)
      : await quotaAnswer(tenant.workspaceId, refusal, asked).catch(
          (error: unknown) => {
            request.log.warn({ err: error }, "the other quotas are not known");
            return plainQuotaAnswer(refusal);
          },
        );
  return reply
    .status(body.status === 403 ? 403 : 429)
    .headers(headers)
    .type("application/problem+json")
    .send(body);
}

/** Refuses what a quota has no room for: the same answer, and the refusal is counted. */
export async function refuseQuota(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: QuotaExceeded,
): Promise<FastifyReply> {
  const { resourceType, scope, requested } = refusal;
  request.log.info({ resourceType, requested }, "a quota has no room");
  const tenant = findTenant(request);
  if (tenant !== undefined) {
    const { workspaceId } = tenant;
    tenantEvents.emit("quotaRefused", { workspaceId, resourceType, scope });
  }
  return sendQuotaProblem(request, reply, refusal);
}

function errorBody(
  statusCode: number,
  message: string,
  code?: string,
): ErrorResponse {
  return {
    statusCode,
    ...(code === undefined ? {} : { code }),
    error: STATUS_CODES[statusCode] ?? "Error",
    message,
  };
}

/** The status and code that Fastify and its plugins put on their errors; 500 for everything else. */
function traitsOf(error: unknown): { statusCode: number; code: string } {
  const statusCode =
    error instanceof Error &&
    "statusCode" in error &&
    typeof error.statusCode === "number"
      ? error.statusCode
      : 500;
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string"
      ? error.code
      : "";
  return { statusCode, code };
}

function clientErrorBody(
  { statusCode, code }: { statusCode: number; code: string },
  message: string,
  bodyLimitBytes: number,
): object {
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return {
        ...errorBody(
          413,
          `The body is larger than the limit of ${bodyLimitBytes} bytes.`,
          code,
        ),
        limitBytes: bodyLimitBytes,
      };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return errorBody(
        415,
        "The content type is not supported: send application/json in UTF-8.",
        code,
      );
    case "FST_ERR_BAD_URL":
      return errorBody(400, "The URL is not well-formed.", code);
    default:
      // Fastify's own texts are fixed; those of others might quote what they were given.
      return code.startsWith("FST_")
        ? errorBody(statusCode, message, code)
        : errorBody(statusCode, STATUS_CODES[statusCode] ?? "Error");
  }
}

/** Answers whatever was thrown while a request was handled, and logs it when it is our fault. */
export async function replyToThrown(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { bodyLimitBytes }: { bodyLimitBytes: number },
): Promise<FastifyReply> {
  await drainRequest(request.raw);
  if (error instanceof RequestRefused) {
    return reply.status(error.statusCode).send(error.body);
  }
  const refusal = toQuotaError(error);
  if (refusal !== undefined) {
    return refuseQuota(request, reply, refusal);
  }
  const traits = traitsOf(error);
  if (traits.statusCode >= 400 && traits.statusCode < 500) {
    const message = error instanceof Error ? error.message : "";
    return reply
      .status(traits.statusCode)
      .send(clientErrorBody(traits, message, bodyLimitBytes));
  }
  const busy = poolRefusal(error);
  if (busy !== undefined) {
    request.log.warn({ refusal: busy.type }, "the database is too busy");
    return refuse(reply, busy);
  }
  if (isDatabaseUnavailable(error)) {
    request.log.warn({ err: error }, "the database is unavailable");
    return reply
      .status(503)
      .header("retry-after", RETRY_AFTER_SECONDS)
      .send({
        ...errorBody(
          503,
          "The service is unavailable for a moment: try again.",
        ),
        requestId: request.id,
      });
  }
  if (isTooSlow(error)) {
    request.log.error({ err: error }, "a statement took too long");
    // No Retry-After: clients that heed it would ask for the same work again and again.
    return reply.status(503).send({
      ...errorBody(503, "The request took too long: ask for less at once."),
      requestId: request.id,
    });
  }
  request.log.error({ err: error }, "a request failed");
  return reply.status(500).send({
    ...errorBody(500, "Internal Server Error"),
    requestId: request.id,
  });
}

/** Makes this module the app's answer to everything thrown and to every unknown route. */
export function handleErrors(
  app: FastifyInstance,
  options: { readonly bodyLimitBytes: number },
): void {
  app.setErrorHandler((error, request, reply) =>
    replyToThrown(error, request, reply, options),
  );
  app.setNotFoundHandler(async (request, reply) => {
    const [path = ""] = request.url.split("?");
    return reply
      .status(404)
      .send(errorBody(404, `Route ${request.method}:${path} not found`));
  });
}
