/**
 * Signs in where the server has one password for everybody.
 */
import {
  useMutation,
  type UseMutationResult,
  useQueryClient,
} from "@tanstack/react-query";

import { sendToApi } from "./apiClient";
import { type ApiFailure } from "./apiFailure";

/** Takes the password; the answer is a cookie that scripts cannot read. Fails as `unauthenticated` when it is wrong, as
 *  `notFound` on a server with another way to sign in. */
export function useLoginMutation(): UseMutationResult<
  void,
  ApiFailure,
  string
> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (password: string) =>
      sendToApi({
        method: "POST",
        path: "/public/single-tenant/login",
        workspaceId: null,
        body: { password },
      }),
    onSuccess: () => queryClient.clear(),
  });
}
