/**
 * Gives a person a role in the workspace.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import { MemberRole, type Role } from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

export interface MemberAndRole {
  readonly email: string;
  readonly role: Role;
}

/** Fails as `invalid` when the person has a role here already. */
export function useCreateMemberMutation(): UseMutationResult<
  MemberRole,
  ApiFailure,
  MemberAndRole
> {
  return useWorkspaceMutation({
    changes: ["members"],
    run: async (body: MemberAndRole, workspaceId) =>
      fetchFromApi(
        { method: "POST", path: "/permissions", workspaceId, body },
        MemberRole,
      ),
  });
}
