// The description of the API for people and generators: OpenAPI 3.1 at /documentation/json, a page at /documentation. Owns the
// general part; each route's summary, tags and schemas stand at the route.

import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { type FastifyInstance } from "fastify";

import {
  addQuotaResponses,
  quotaComponents,
  quotaOfRoute,
} from "./openApi/quotaResponses";

const DESCRIPTION = `
The HTTP API of a multi-tenant customer engagement host, compatible with Dittofeed's.

**Workspaces.** Every request under \`/api\` and \`/api/admin\` works in one workspace, named by \`workspaceId\` in the body or
the query or by the header \`df-workspace-id\`. All places that name one must agree. Nothing of another workspace is ever
seen: its resources answer as if they did not exist.

**Who may call.** \`/api\` is for people who are signed in, \`/api/admin\` for servers with an admin API key, \`/api/public/apps\`
for clients with a write key. Roles: a Viewer reads, an Author changes resources, a WorkspaceManager manages members, an
Admin also keys, secrets and settings.

**Quotas.** What a workspace may have of each resource is counted exactly, and decided as things are made. A route that
counts against a quota says which in \`x-quota\`; without room it answers 429 with problem details (RFC 9457) and makes
nothing. Answers of such routes carry \`RateLimit-Policy\` and \`RateLimit\`. Events of clients are never refused: what has
no room is held until there is some.

**What can go wrong.** 400 names every bad field, 401 and 403 say who is missing what, 404 means that this workspace has no
such thing, 409 that a name is taken, 412 that what was to be edited has changed, 413 states the largest body, 415 asks for JSON, 429 and 503 carry \`Retry-After\`
where waiting helps.
Timestamps are Unix milliseconds unless a field says otherwise. Every answer has an \`x-request-id\`.
`.trim();

const TAGS = [
  ["Health", "Whether the server runs and can do its work."],
  ["Session", "Who is signed in, and where."],
  ["Segments", "Groups of users, described by conditions."],
  ["Journeys", "What happens to users, step by step."],
  ["Content", "Templates of messages."],
  ["User Properties", "What is known of each user, computed from events."],
  ["Subscription Groups", "What users want to hear about, by channel."],
  ["Users", "The people that a workspace sends messages to."],
  ["Events", "What users did."],
  [
    "Quotas",
    "What a workspace may have, what it has, and what waits for room.",
  ],
  ["Settings", "Write keys, data sources and providers of a workspace."],
  ["Secrets", "Credentials of providers."],
  ["Admin Keys", "Keys for /api/admin."],
  ["Permissions", "Members and their roles."],
  ["Public Apps", "Where clients send users and events."],
] as const;

/** The guards of the three prefixes, as OpenAPI calls them. */
const SCHEMES: readonly (readonly [prefix: string, scheme: string | null])[] = [
  ["/api/admin", "adminApiKey"],
  ["/api/public/apps", "writeKey"],
  ["/api/public", null],
  ["/api/health", null],
  ["/api/", "session"],
];

function securityOf(url: string): Record<string, string[]>[] {
  const scheme = SCHEMES.find(
    ([prefix]) => url.startsWith(prefix) && url !== "/api/",
  )?.[1];
  return typeof scheme === "string" ? [{ [scheme]: [] }] : [];
}

/** To be called before the routes are registered; the documents are complete once the app is ready. */
export async function describeApi(
  app: FastifyInstance,
  { version }: { readonly version: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Dittofeed multi-tenant API",
        description: DESCRIPTION,
        version,
      },
      tags: TAGS.map(([name, description]) => ({ name, description })),
      components: {
        ...quotaComponents,
        securitySchemes: {
          session: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description:
              "Multi-tenant mode: a token of the identity provider. Single-tenant mode: the cookie `session` instead. Anonymous mode: nothing.",
          },
          adminApiKey: {
            type: "http",
            scheme: "bearer",
            description: "An admin API key of the workspace or of its parent.",
          },
          writeKey: {
            type: "http",
            scheme: "basic",
            description: "A write key: id of the key and its value.",
          },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: {
        ...schema,
        ...quotaOfRoute(url, route.config?.quota),
        security: route.config?.isPublic === true ? [] : securityOf(url),
      },
      url,
    }),
    transformObject: (document) => {
      if (!("openapiObject" in document)) {
        return document.swaggerObject;
      }
      addQuotaResponses(document.openapiObject.paths);
      return document.openapiObject;
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/documentation",
    uiConfig: { docExpansion: "list", deepLinking: true },
  });
}
