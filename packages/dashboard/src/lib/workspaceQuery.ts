/**
 * What the `useXQuery` and `useXMutation` hooks share: the workspace in the key and in the request, the checked answer,
 * and which lists a change makes stale.
 */
import { type Static, type TSchema } from "@sinclair/typebox";
import {
  keepPreviousData,
  useMutation,
  type UseMutationResult,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";

import { type ApiRequest, fetchFromApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";
import { useWorkspaceId } from "./session";

/** First part of a query key: the list that a change may make stale. */
export type ResourceName =
  | "segments"
  | "journeys"
  | "templates"
  | "users"
  | "events"
  | "writeKeys"
  | "adminApiKeys"
  | "members"
  | "session"
  | "userProperties";

/** A request without the parts that the hooks add. */
export type WorkspaceRequest = Omit<ApiRequest, "workspaceId" | "signal">;

interface WorkspaceQuery<S extends TSchema> {
  readonly resource: ResourceName;
  readonly request: WorkspaceRequest;
  readonly schema: S;
  readonly isEnabled?: boolean;
  /** Keep showing the page before while the next one loads. */
  readonly keepsPrevious?: boolean;
}

/** Asks the API for something of the present workspace and keeps the answer. The request itself is part of the key. */
export function useWorkspaceQuery<S extends TSchema>({
  resource,
  request,
  schema,
  isEnabled = true,
  keepsPrevious = false,
}: WorkspaceQuery<S>): UseQueryResult<Static<S>> {
  const workspaceId = useWorkspaceId();
  return useQuery<Static<S>>({
    queryKey: [resource, { workspaceId, request }],
    enabled: isEnabled,
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
    queryFn: async ({ signal }) =>
      fetchFromApi({ ...request, workspaceId, signal }, schema),
  });
}

interface WorkspaceMutation<Input, Output> {
  /** Does the work in the workspace it is given. */
  readonly run: (input: Input, workspaceId: string) => Promise<Output>;
  /** The lists to load again after success, and after a failure that says that they have changed. */
  readonly changes: readonly ResourceName[];
}

/** Changes something in the present workspace. Resolves once the lists concerned are up to date again, so that a dialog
 *  closes on a page that shows the change. */
export function useWorkspaceMutation<Input, Output>({
  run,
  changes,
}: WorkspaceMutation<Input, Output>): UseMutationResult<
  Output,
  ApiFailure,
  Input
> {
  const workspaceId = useWorkspaceId();
  const queryClient = useQueryClient();
  const reload = async (): Promise<void> => {
    await Promise.all(
      changes.map(async (resource) =>
        queryClient.invalidateQueries({ queryKey: [resource] }),
      ),
    );
  };
  return useMutation({
    mutationFn: async (input: Input) => run(input, workspaceId),
    onSuccess: reload,
    onError: (failure) => {
      if (failure.kind === "notFound") {
        void reload();
      }
    },
  });
}
