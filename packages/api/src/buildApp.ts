// The API as one Fastify app, not yet listening. Owns the order in which its parts are put together, and what holds for every
// request: limits, ids, logs. The folder beside it holds the parts; the routes' own stories are in controllers/.

import { type Config, config as processConfig } from "backend-lib/src/config";
import { databaseReadiness } from "backend-lib/src/db/readiness";
import { logger } from "backend-lib/src/logger";
import { tenantCache } from "backend-lib/src/multitenancy/cache";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type RouteOptions,
} from "fastify";

import { useCacheStatus } from "./buildApp/cacheStatus";
import { refuseWhileClosing } from "./buildApp/closing";
import { serveDashboard } from "./buildApp/dashboard";
import { handleErrors, replyToThrown } from "./buildApp/errorReply";
import { acceptJsonOnly } from "./buildApp/jsonBody";
import { useMetrics } from "./buildApp/metrics";
import { describeApi } from "./buildApp/openApi";
import { parseQueryString } from "./buildApp/queryString";
import { requestIdOf } from "./buildApp/requestId";
import { logRequests, silentLogController } from "./buildApp/requestLog";
import { decorateTenant } from "./buildApp/requestTenant";
import { registerRoutes } from "./buildApp/router";
import { useSecurityHeaders } from "./buildApp/securityHeaders";
import { useSessionCookie } from "./buildApp/sessionCookie";
import { useSchemas } from "./buildApp/validation";

/** For a whole request to arrive; a body of the largest size over a slow line takes less. */
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 72_000; // longer than the idle time of common load balancers

function isCacheListening(): boolean | null {
  const { isOn, isListening } = tenantCache().figures();
  return isOn ? isListening : null;
}

export interface BuildAppOptions {
  readonly config?: Config;
  /** Where the dashboard was exported to; without it the API is served alone. */
  readonly dashboardFolder?: string;
  /** Told of every route as it is registered; rules for all routes are tested with it. */
  readonly onRoute?: (route: RouteOptions) => void;
}

/**
 * The app, ready for `listen` or `inject`; close it with `close`, and the database after it. Throws when the configuration
 * cannot work or a guarded route does not say which role may use it.
 */
export async function buildApp({
  config = processConfig(),
  dashboardFolder,
  onRoute = () => undefined,
}: BuildAppOptions = {}): Promise<FastifyInstance> {
  const bodyLimitBytes = config.apiBodyLimitBytes;
  if (config.authMode === "anonymous" && config.allowAnonymousRemote) {
    logger().warn(
      { host: config.host },
      "anonymous mode is open to other machines: whoever reaches this address is an Admin",
    );
  }
  const loggerInstance: FastifyBaseLogger = logger();
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: silentLogController(),
    bodyLimit: bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    trustProxy: config.trustProxy,
    return503OnClosing: false, // refuseWhileClosing() says it in the house's shape
    genReqId: requestIdOf,
    routerOptions: { querystringParser: parseQueryString },
    frameworkErrors: (error, request, reply) => {
      replyToThrown(error, request, reply, { bodyLimitBytes }).catch(
        (failure: unknown) => {
          request.log.error({ err: failure }, "an answer could not be sent");
        },
      );
    },
  });
  app.addHook("onRoute", onRoute);
  acceptJsonOnly(app);
  useSchemas(app, { checkResponses: config.nodeEnv === "test" });
  handleErrors(app, { bodyLimitBytes });
  decorateTenant(app);
  logRequests(app);
  refuseWhileClosing(app);
  await useSecurityHeaders(app, config);
  if (config.authMode === "single-tenant") {
    const { secretKey = "", password = "" } = config;
    await useSessionCookie(app, { ...config, secretKey, password });
  }
  await describeApi(app, { version: config.appVersion });
  useMetrics(app);
  useCacheStatus(app);
  await registerRoutes(app, {
    config,
    readiness: databaseReadiness,
    isCacheListening,
  });
  await serveDashboard(app, dashboardFolder);
  await app.ready();
  return app;
}
