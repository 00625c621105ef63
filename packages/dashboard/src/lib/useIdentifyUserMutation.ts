/**
 * Adds a user, or traits to one, the way an application does: by an identify event with a write key of the workspace.
 */
import { type UseMutationResult } from "@tanstack/react-query";
import {
  type JsonObject,
  ListWriteKeysResponse,
  type WriteKeyResource,
} from "isomorphic-lib/src/types";

import { fetchFromApi, sendToApi } from "./apiClient";
import { ApiFailure } from "./apiFailure";
import { useWorkspaceMutation } from "./workspaceQuery";
import { writeKeyHeader } from "./writeKeyHeader";

export interface UserToIdentify {
  readonly userId: string;
  readonly traits: JsonObject;
}

/** 128 random bits as hex. Not crypto.randomUUID, which browsers keep to https and localhost. */
function newMessageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

async function firstWriteKey(workspaceId: string): Promise<WriteKeyResource> {
  const [key] = await fetchFromApi(
    { method: "GET", path: "/settings/write-keys", workspaceId },
    ListWriteKeysResponse,
  );
  if (key === undefined) {
    throw new ApiFailure(
      "invalid",
      "This workspace has no write key. Create one in the settings, then add the user.",
    );
  }
  return key;
}

/** Needs a role that may read write keys. Fails as `invalid` when the workspace has none. */
export function useIdentifyUserMutation(): UseMutationResult<
  void,
  ApiFailure,
  UserToIdentify
> {
  return useWorkspaceMutation({
    changes: ["users", "events"],
    run: async ({ userId, traits }: UserToIdentify, workspaceId) =>
      sendToApi({
        method: "POST",
        path: "/public/apps/identify",
        workspaceId: null,
        headers: {
          authorization: writeKeyHeader(await firstWriteKey(workspaceId)),
        },
        body: { messageId: newMessageId(), userId, traits },
      }),
  });
}
