// Who calls /api: by auth mode nobody in particular, the holder of the session cookie, or a member with a verified token.
// Owns the record of a member and of the account they sign in with; leaves verifying the token to auth.ts.

import { and, eq, inArray } from "drizzle-orm";
import { union } from "drizzle-orm/pg-core";
import { type AuthMode, type SessionMember } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import {
  createJwtVerifier,
  type JwtProfile,
  type JwtSettings,
  type JwtVerificationError,
} from "../auth";
import { inTransaction, queryResult, systemDb } from "../db";
import { workspaceMembeAccount, workspaceMember } from "../db/schema";

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
    const member = await recordMember({ provider, profile });
    return ok({
      type: "member",
      member: {
        id: member.id,
        email: member.email ?? profile.email,
        ...(member.name === null ? {} : { name: member.name }),
        ...(member.image === null ? {} : { picture: member.image }),
      },
      lastWorkspaceId: member.lastWorkspaceId,
    });
  };
}

type Member = typeof workspaceMember.$inferSelect;

interface SignIn {
  readonly provider: string;
  readonly profile: JwtProfile;
}

/** Addresses are kept in lower case; rows that Dittofeed made may hold them as they were typed. */
function spellings({ email }: JwtProfile): string[] {
  return [...new Set([email, email.toLowerCase()])];
}

/** The member of this account, and the members that have its address, in one query. */
async function findMembers({ provider, profile }: SignIn) {
  const ofThisAccount = and(
    eq(workspaceMembeAccount.provider, provider),
    eq(workspaceMembeAccount.providerAccountId, profile.sub),
  );
  const ids = union(
    systemDb()
      .select({ id: workspaceMember.id })
      .from(workspaceMember)
      .where(inArray(workspaceMember.email, spellings(profile))),
    systemDb()
      .select({ id: workspaceMembeAccount.workspaceMemberId })
      .from(workspaceMembeAccount)
      .where(ofThisAccount),
  );
  const rows = await systemDb()
    .select({ member: workspaceMember, accountId: workspaceMembeAccount.id })
    .from(workspaceMember)
    .leftJoin(
      workspaceMembeAccount,
      and(
        eq(workspaceMembeAccount.workspaceMemberId, workspaceMember.id),
        ofThisAccount,
      ),
    )
    .where(inArray(workspaceMember.id, ids));
  return {
    linked: rows.find(({ accountId }) => accountId !== null)?.member,
    byEmail:
      rows.find(({ member }) => member.email === profile.email)?.member ??
      rows.find(({ member }) => member.email !== null)?.member,
  };
}

/**
 * The member that signs in, recorded when new. The account (`provider`, `sub`) decides who it is; the verified address
 * only finds the member that an invitation made. So a changed address keeps its member, and an address that passes to
 * somebody else does not take the former holder's member along.
 */
async function recordMember(signIn: SignIn): Promise<Member> {
  const { linked, byEmail } = await findMembers(signIn);
  if (linked !== undefined) {
    return refreshMember(linked, signIn.profile);
  }
  const created = await inTransaction<Member, never>(
    async (tx) => {
      const { profile, provider } = signIn;
      const [member] = await tx
        .insert(workspaceMember)
        .values({
          email: byEmail?.email ?? profile.email.toLowerCase(),
          emailVerified: true,
          ...shownFields(profile),
        })
        .onConflictDoUpdate({
          target: workspaceMember.email,
          set: {
            emailVerified: true,
            updatedAt: new Date(),
            ...shownFields(profile),
          },
        })
        .returning();
      if (member === undefined) {
        throw new Error("An upsert of a member answered no row.");
      }
      await tx
        .insert(workspaceMembeAccount)
        .values({
          workspaceMemberId: member.id,
          provider,
          providerAccountId: profile.sub,
        })
        .onConflictDoNothing();
      return ok(member);
    },
    { database: systemDb() },
  );
  if (created.isErr()) {
    return created.error;
  }
  return created.value;
}

function shownFields({ name, nickname, picture }: JwtProfile) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(nickname === undefined ? {} : { nickname }),
    ...(picture === undefined ? {} : { image: picture }),
  };
}

/** Brings a member's row up to date with the token; writes only when something changed. */
async function refreshMember(
  member: Member,
  profile: JwtProfile,
): Promise<Member> {
  const isSameEmail =
    member.email !== null && spellings(profile).includes(member.email);
  const isSame =
    isSameEmail &&
    member.emailVerified &&
    Object.entries(shownFields(profile)).every(
      ([field, value]) => new Map(Object.entries(member)).get(field) === value,
    );
  if (isSame) {
    return member;
  }
  const update = (email: string | null) =>
    systemDb()
      .update(workspaceMember)
      .set({ email, emailVerified: true, ...shownFields(profile) })
      .where(eq(workspaceMember.id, member.id))
      .returning();
  const wanted = isSameEmail ? member.email : profile.email.toLowerCase();
  const updated = await queryResult(update(wanted));
  // Somebody else has the new address as a member of their own: keep the old one, and both members as they are.
  const rows = updated.isOk() ? updated.value : await update(member.email);
  return rows[0] ?? member;
}
