// Who calls /api: by auth mode nobody in particular, the holder of the session cookie, or a member with a verified token.
// Owns the three modes; leaves verifying tokens to auth.ts, and whose account it is to memberAccounts.ts.

import { type AuthMode, type SessionMember } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import {
  createJwtVerifier,
  type JwtSettings,
  type JwtVerificationError,
} from "../auth";
import { type AccountConflict, recordMember } from "./memberAccounts";

export interface SessionSettings extends JwtSettings {
  readonly authMode: AuthMode;
  /** Name of the identity provider; required in multi-tenant mode. */
  readonly authProvider?: string | undefined;
}

/** `anonymous` stands for whoever is let in without a name: everybody, or the holder of the one password. */
export interface Caller {
  readonly type: "anonymous" | "singleTenant" | "member";
  readonly member: SessionMember;
  /** Where the member was last; only a member has one. */
  readonly lastWorkspaceId: string | null;
}

export type SessionAuthenticationError =
  | JwtVerificationError
  | AccountConflict
  | { readonly type: "EmailNotVerified"; readonly message: string };

/** What a request brings along to say who calls. */
export interface SessionCredentials {
  readonly authorization: string | undefined;
  /** True when the request carries the session cookie that the password was exchanged for. */
  readonly isSignedIn: boolean;
}

export type SessionAuthenticator = (
  credentials: SessionCredentials,
) => Promise<Result<Caller, SessionAuthenticationError>>;

export const ANONYMOUS_MEMBER: SessionMember = {
  id: "anonymous",
  email: "anonymous@email.com",
};

const notAuthenticated = (message: string): SessionAuthenticationError => ({
  type: "NotAuthenticated",
  message,
});

/**
 * The way to find out who calls, by auth mode; make it once. In multi-tenant mode it throws at once when the provider or
 * the key of its tokens is not configured. A member is recorded at the first sign-in; a role comes from an invitation
 * only. Unlike Dittofeed, nobody becomes Admin because their address is of the workspace's domain: that field is not
 * proven to be the workspace's, and a mailbox is not an invitation.
 */
export function createSessionAuthenticator(
  settings: SessionSettings,
): SessionAuthenticator {
  switch (settings.authMode) {
    case "anonymous":
      return async () =>
        ok({
          type: "anonymous",
          member: ANONYMOUS_MEMBER,
          lastWorkspaceId: null,
        });
    case "single-tenant":
      return async ({ isSignedIn }) =>
        isSignedIn
          ? ok({
              type: "singleTenant",
              member: ANONYMOUS_MEMBER,
              lastWorkspaceId: null,
            })
          : err(notAuthenticated("Sign in first."));
    case "multi-tenant":
      return memberAuthenticator(settings);
  }
}

function memberAuthenticator(settings: SessionSettings): SessionAuthenticator {
  const { authProvider: provider } = settings;
  if (provider === undefined) {
    throw new Error("AUTH_PROVIDER is required in multi-tenant mode.");
  }
  const verify = createJwtVerifier(settings);
  return async ({ authorization }) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) {
      return err(
        notAuthenticated(
          'A header "Authorization: Bearer <token>" is required.',
        ),
      );
    }
    const verified = await verify(token);
    if (verified.isErr()) {
      return err(verified.error);
    }
    const profile = verified.value;
    if (!profile.emailVerified) {
      return err({
        type: "EmailNotVerified",
        message: "The e-mail address of this account is not verified yet.",
      });
    }
    const recorded = await recordMember({ provider, profile });
    return recorded.map((member) => ({
      type: "member" as const,
      member: {
        id: member.id,
        email: member.email ?? profile.email,
        ...(member.name === null ? {} : { name: member.name }),
        ...(member.image === null ? {} : { picture: member.image }),
      },
      lastWorkspaceId: member.lastWorkspaceId,
    }));
  };
}
