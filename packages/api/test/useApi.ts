// The whole API on this file's own database, without a port: what tests of routes talk to. Owns making workspaces with their
// keys, and members with their tokens.

import { randomUUID } from "node:crypto";

import { type Config, config } from "backend-lib/src/config";
import { randomHex } from "backend-lib/src/crypto";
import {
  type NewWorkspace,
  type TenantEnv,
  type TenantEnvOptions,
  useTenantEnv,
} from "backend-lib/test/tenantEnv";
import {
  type FastifyInstance,
  type InjectOptions,
  type LightMyRequestResponse,
  type RouteOptions,
} from "fastify";
import { type Role } from "isomorphic-lib/src/types";
import { afterAll, beforeAll } from "vitest";

import { buildApp } from "../src/buildApp";
import { signHs256, TEST_JWT_SECRET } from "./tokens";

export const TEST_AUTH_PROVIDER = "test-provider";

type Headers = Readonly<Record<string, string>>;

export interface ApiWorkspace {
  readonly workspaceId: string;
  readonly adminApiKey: string;
  readonly adminApiKeyId: string;
  /** The whole value of the Authorization header. */
  readonly writeKey: string;
  /** Opens /api/admin with the admin key, and /api in anonymous mode; names the workspace. */
  readonly headers: Headers;
}

export interface ApiMember {
  readonly memberId: string;
  readonly email: string;
  readonly token: string;
  /** Authorization only: the workspace is the request's business. */
  readonly headers: Headers;
}

export interface Api {
  readonly app: FastifyInstance;
  /** Every route that the app serves. */
  readonly routes: readonly RouteOptions[];
  readonly env: TenantEnv;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** A workspace with an admin API key and a write key. */
  workspace(input?: NewWorkspace): Promise<ApiWorkspace>;
  /** In multi-tenant mode: somebody who is signed in, with these roles. */
  member(input?: {
    readonly roles?: readonly {
      readonly workspaceId: string;
      readonly role: Role;
    }[];
    readonly email?: string;
  }): Promise<ApiMember>;
}

export interface UseApiOptions extends Pick<
  TenantEnvOptions,
  "through" | "hearsThrough"
> {
  /** Over the process's configuration, which is that of anonymous mode. */
  readonly config?: Partial<Config>;
  readonly dashboardFolder?: string;
}

/** Settings of multi-tenant mode with tokens that `signHs256` makes. */
export const MULTI_TENANT: Partial<Config> = {
  authMode: "multi-tenant",
  authProvider: TEST_AUTH_PROVIDER,
  jwtSecret: TEST_JWT_SECRET,
};

async function insertKeys(
  env: TenantEnv,
  workspaceId: string,
): Promise<Omit<ApiWorkspace, "workspaceId" | "headers">> {
  const ids = {
    adminSecret: randomUUID(),
    adminApiKeyId: randomUUID(),
    writeSecret: randomUUID(),
  };
  const adminApiKey = randomHex(32);
  const writeValue = randomHex(8);
  await env.owner.query(
    `INSERT INTO "Secret" ("id", "workspaceId", "name", "value", "configValue", "updatedAt") VALUES
       ($1, $3, 'df-admin-api-key-test', NULL, $4, now()), ($2, $3, 'test-write-key', $5, NULL, now())`,
    [
      ids.adminSecret,
      ids.writeSecret,
      workspaceId,
      { type: "AdminApiKey", key: adminApiKey, permissions: ["Admin"] },
      writeValue,
    ],
  );
  await env.owner.query(
    `INSERT INTO "AdminApiKey" ("id", "workspaceId", "name", "secretId", "updatedAt") VALUES ($1, $2, 'test', $3, now())`,
    [ids.adminApiKeyId, workspaceId, ids.adminSecret],
  );
  await env.owner.query(
    `INSERT INTO "WriteKey" ("workspaceId", "secretId", "updatedAt") VALUES ($1, $2, now())`,
    [workspaceId, ids.writeSecret],
  );
  const credentials = Buffer.from(`${ids.writeSecret}:${writeValue}`).toString(
    "base64",
  );
  return {
    adminApiKey,
    adminApiKeyId: ids.adminApiKeyId,
    writeKey: `Basic ${credentials}`,
  };
}

/** Registers the app with Vitest's hooks; its members may be used from `beforeAll` on. */
export function useApi({
  config: overrides = {},
  dashboardFolder,
  ...ways
}: UseApiOptions = {}): Api {
  const env = useTenantEnv(ways);
  let built: FastifyInstance | undefined;
  const routes: RouteOptions[] = [];

  beforeAll(async () => {
    built = await buildApp({
      config: { ...config(), ...overrides },
      onRoute: (route) => routes.push(route),
      ...(dashboardFolder === undefined ? {} : { dashboardFolder }),
    });
  });
  afterAll(async () => {
    await built?.close();
  });

  const app = (): FastifyInstance => {
    if (built === undefined) {
      throw new Error("The app is there from beforeAll on.");
    }
    return built;
  };

  return {
    env,
    routes,
    get app() {
      return app();
    },
    inject: (options) => app().inject(options),
    async workspace(input) {
      const workspaceId = await env.createWorkspace(input);
      const keys = await insertKeys(env, workspaceId);
      return {
        workspaceId,
        ...keys,
        headers: {
          authorization: `Bearer ${keys.adminApiKey}`,
          "df-workspace-id": workspaceId,
        },
      };
    },
    async member({ roles = [], email = `${randomUUID()}@example.com` } = {}) {
      const memberId = randomUUID();
      await env.owner.query(
        `INSERT INTO "WorkspaceMember" ("id", "email", "emailVerified", "updatedAt") VALUES ($1, $2, true, now())`,
        [memberId, email],
      );
      for (const { workspaceId, role } of roles) {
        await env.owner.query(
          `INSERT INTO "WorkspaceMemberRole" ("workspaceId", "workspaceMemberId", "role", "updatedAt") VALUES ($1, $2, $3, now())`,
          [workspaceId, memberId, role],
        );
      }
      const token = signHs256({
        sub: `sub|${memberId}`,
        email,
        email_verified: true,
      });
      return {
        memberId,
        email,
        token,
        headers: { authorization: `Bearer ${token}` },
      };
    },
  };
}
