// Which controller answers below which prefix, and behind which guard. Owns the table of routes; a controller knows its own
// paths only.

import { type Config } from "backend-lib/src/config";
import { type FastifyInstance, type FastifyPluginAsync } from "fastify";

import adminKeysController from "../controllers/adminKeysController";
import broadcastsController from "../controllers/broadcastsController";
import contentController from "../controllers/contentController";
import eventsController from "../controllers/eventsController";
import indexController, {
  type IndexControllerOptions,
} from "../controllers/indexController";
import journeysController from "../controllers/journeysController";
import permissionsController from "../controllers/permissionsController";
import publicAppsController from "../controllers/publicAppsController";
import quotasController from "../controllers/quotasController";
import secretsController from "../controllers/secretsController";
import segmentsController from "../controllers/segmentsController";
import sessionController from "../controllers/sessionController";
import settingsController from "../controllers/settingsController";
import singleTenantController from "../controllers/singleTenantController";
import subscriptionGroupsController from "../controllers/subscriptionGroupsController";
import userPropertiesController from "../controllers/userPropertiesController";
import userPropertyIndicesController from "../controllers/userPropertyIndicesController";
import usersController from "../controllers/usersController";
import { sessionAuthentication } from "./authentication";
import { useQuotaGate } from "./quotaGate";
import {
  adminContext,
  sessionContext,
  writeKeyContext,
} from "./requestContext";
import { requireRoleOfRoute } from "./routeConfig";

type Controllers = Readonly<Record<string, FastifyPluginAsync>>;

/** Behind both guards. */
const RESOURCES: Controllers = {
  "/segments": segmentsController,
  "/journeys": journeysController,
  "/content": contentController,
  "/broadcasts": broadcastsController,
  "/user-properties": userPropertiesController,
  "/subscription-groups": subscriptionGroupsController,
  "/users": usersController,
  "/events": eventsController,
  "/settings": settingsController,
  "/quotas": quotasController,
};

/** For people only: what would let a key make or read other keys stays out of /api/admin. */
const FOR_PEOPLE: Controllers = {
  "/user-property-indices": userPropertyIndicesController,
  "/secrets": secretsController,
  "/admin-keys": adminKeysController,
  "/permissions": permissionsController,
};

async function registerAll(
  app: FastifyInstance,
  controllers: Controllers,
): Promise<void> {
  for (const [prefix, controller] of Object.entries(controllers)) {
    await app.register(controller, { prefix });
  }
}

function sessionRoutes(config: Config): FastifyPluginAsync {
  return async (app) => {
    app.addHook("onRoute", requireRoleOfRoute);
    app.addHook("preHandler", sessionAuthentication(config));
    app.addHook("preHandler", sessionContext(config));
    useQuotaGate(app);
    await app.register(sessionController, {
      prefix: "/session",
      authMode: config.authMode,
      version: config.appVersion,
    });
    await registerAll(app, { ...RESOURCES, ...FOR_PEOPLE });
  };
}

function adminRoutes(config: Config): FastifyPluginAsync {
  return async (app) => {
    app.addHook("onRoute", requireRoleOfRoute);
    app.addHook("preHandler", adminContext(config));
    useQuotaGate(app);
    await registerAll(app, RESOURCES);
  };
}

function publicRoutes({ authMode, password }: Config): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (apps) => {
      apps.addHook("preHandler", writeKeyContext());
      await apps.register(publicAppsController, { prefix: "/apps" });
    });
    if (authMode === "single-tenant" && password !== undefined) {
      await app.register(singleTenantController, {
        prefix: "/single-tenant",
        password,
      });
    }
  };
}

/** Registers every route of the API. Throws when a guarded one does not say which role may use it. */
export async function registerRoutes(
  app: FastifyInstance,
  {
    config,
    ...health
  }: { readonly config: Config } & Pick<
    IndexControllerOptions,
    "readiness" | "isCacheListening"
  >,
): Promise<void> {
  await app.register(indexController, {
    prefix: "/api",
    version: config.appVersion,
    ...health,
  });
  await app.register(sessionRoutes(config), { prefix: "/api" });
  await app.register(adminRoutes(config), { prefix: "/api/admin" });
  await app.register(publicRoutes(config), { prefix: "/api/public" });
}
