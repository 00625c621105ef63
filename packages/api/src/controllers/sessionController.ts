// Who is signed in, where, and where else they may go: the first thing that the dashboard asks. Finding it out is the guard's
// and requestContext's business; here it is put together.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  ANONYMOUS_MEMBER,
  listSessionWorkspaces,
  rememberSessionWorkspace,
} from "backend-lib/src/requestContext";
import { type FastifyInstance } from "fastify";
import { type AuthMode, GetSessionResponse } from "isomorphic-lib/src/types";

export interface SessionControllerOptions {
  readonly authMode: AuthMode;
  readonly version: string;
}

export default async function sessionController(
  fastify: FastifyInstance,
  { authMode, version }: SessionControllerOptions,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "Get the session",
        description:
          "The member, the workspace in use and all that may be switched to. Without a workspace in the request: where the member was last, else their oldest role. Naming one makes it the last.",
        tags: ["Session"],
        response: { 200: GetSessionResponse },
      },
      config: { requiredRole: "Viewer", picksWorkspace: true },
    },
    async (request) => {
      const { caller, workspace, role } = request.tenant;
      if (caller !== null) {
        await rememberSessionWorkspace(caller, workspace.id);
      }
      const listed = caller === null ? [] : await listSessionWorkspaces(caller);
      const workspaces = listed.map((access) => ({
        id: access.workspace.id,
        name: access.workspace.name,
        role: access.role,
      }));
      const current = {
        id: workspace.id,
        name: workspace.name,
        role,
      };
      return {
        authMode,
        version,
        workspace,
        member: caller?.member ?? ANONYMOUS_MEMBER,
        role,
        // A list that was cut off still has to hold the workspace in use.
        workspaces: workspaces.some(({ id }) => id === current.id)
          ? workspaces
          : [current, ...workspaces],
      };
    },
  );
}
