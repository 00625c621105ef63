/**
 * Makes a message template.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import {
  type CreateMessageTemplateRequest,
  MessageTemplateResource,
} from "isomorphic-lib/src/types";

import { fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";

/** Fails as `conflict` when the name is taken, as `invalid` with the bad fields of the definition. */
export function useCreateTemplateMutation(): UseMutationResult<
  MessageTemplateResource,
  ApiFailure,
  CreateMessageTemplateRequest
> {
  return useWorkspaceMutation({
    changes: ["templates"],
    run: async (body: CreateMessageTemplateRequest, workspaceId) =>
      fetchFromApi(
        { method: "POST", path: "/content/templates", workspaceId, body },
        MessageTemplateResource,
      ),
  });
}
