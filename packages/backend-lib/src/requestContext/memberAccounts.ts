// Members and the accounts they sign in with. Owns who a verified token's holder is: the account decides, the address only
// finds the member that an invitation made. Leaves verifying tokens to auth.ts.

import {
  and,
  asc,
  eq,
  inArray,
  ne,
  notExists,
  type SQL,
  sql,
} from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { err, ok, type Result } from "neverthrow";

import { type JwtProfile } from "../auth";
import { inTransaction, queryResult, systemDb, type Transaction } from "../db";
import { workspaceMembeAccount, workspaceMember } from "../db/schema";
import { accessTo, LookUps } from "../lookUps";
import { HOST } from "../multitenancy/cache";

/** The verified address is that of a member who signs in with another account of the same provider. */
export interface AccountConflict {
  readonly type: "AccountConflict";
  readonly message: string;
}

export type Member = typeof workspaceMember.$inferSelect;

const other = alias(workspaceMember, "other");

export interface SignIn {
  readonly provider: string;
  readonly profile: JwtProfile;
}

/** Addresses are kept in lower case; rows that Dittofeed made may hold them as they were typed. */
const hasAddress = (email: string): SQL =>
  sql`lower(${workspaceMember.email}) = lower(${email})`;

async function findAccountHolder({
  provider,
  profile,
}: SignIn): Promise<Member | undefined> {
  const [found] = await systemDb()
    .select({ member: workspaceMember })
    .from(workspaceMembeAccount)
    .innerJoin(
      workspaceMember,
      eq(workspaceMember.id, workspaceMembeAccount.workspaceMemberId),
    )
    .where(
      and(
        eq(workspaceMembeAccount.provider, provider),
        eq(workspaceMembeAccount.providerAccountId, profile.sub),
      ),
    );
  return found?.member;
}

/**
 * The members of this address, made when there is none, the one spelled like the token first. Locks them until the
 * transaction ends, so that of several first sign-ins each sees what the one before did.
 */
async function lockMembers(
  tx: Transaction,
  { email }: JwtProfile,
): Promise<Member[]> {
  const lock = () =>
    tx
      .select()
      .from(workspaceMember)
      .where(hasAddress(email))
      .orderBy(
        sql`${workspaceMember.email} = ${email} DESC`,
        asc(workspaceMember.createdAt),
        asc(workspaceMember.id),
      )
      .for("update");
  const known = await lock();
  if (known.length > 0) {
    return known;
  }
  await tx
    .insert(workspaceMember)
    .values({ email: email.toLowerCase(), emailVerified: true })
    .onConflictDoNothing(); // somebody was quicker: theirs is locked then
  return lock();
}

const accountConflict: AccountConflict = {
  type: "AccountConflict",
  message:
    "This e-mail address belongs to another account. Ask an administrator.",
};

/** Makes an account the member of its verified address, if that one has no account of this provider yet. */
async function claimMember({
  provider,
  profile,
}: SignIn): Promise<Result<Member, AccountConflict>> {
  return inTransaction(
    async (tx) => {
      const members = await lockMembers(tx, profile);
      const [chosen] = members;
      if (chosen === undefined) {
        throw new Error("A member is neither there nor insertable.");
      }
      const taken = await tx.$count(
        workspaceMembeAccount,
        and(
          eq(workspaceMembeAccount.provider, provider),
          inArray(
            workspaceMembeAccount.workspaceMemberId,
            members.map(({ id }) => id),
          ),
        ),
      );
      if (taken > 0) {
        return err(accountConflict);
      }
      const linked = await tx
        .insert(workspaceMembeAccount)
        .values({
          workspaceMemberId: chosen.id,
          provider,
          providerAccountId: profile.sub,
        })
        .onConflictDoNothing()
        .returning({ id: workspaceMembeAccount.id });
      if (linked.length === 0) {
        return err(accountConflict); // the same account, at once, under another address
      }
      const [member = chosen] = await tx
        .update(workspaceMember)
        .set({ emailVerified: true, ...shownFields(profile) })
        .where(eq(workspaceMember.id, chosen.id))
        .returning();
      return ok(member);
    },
    { database: systemDb() },
  );
}

const lookUps = new LookUps<Member | AccountConflict>("member");

function isConflict(row: Member | AccountConflict): row is AccountConflict {
  return "type" in row;
}

/**
 * The member that signs in, recorded when new. The account (`provider`, `sub`) decides who it is; the verified address
 * only finds the member that an invitation made. So a changed address keeps its member, and an address that passes to
 * somebody else does not take the former holder's member along: Err AccountConflict.
 */
export async function recordMember(
  signIn: SignIn,
): Promise<Result<Member, AccountConflict>> {
  const { provider, profile } = signIn;
  const claim = ["member", provider, JSON.stringify(profile)];
  const found = await lookUps.decide({
    claim,
    query: claim,
    find: async () => {
      const recorded = await record(signIn);
      return recorded.isErr() ? recorded.error : recorded.value;
    },
    decide: (row) => row,
    // Only who needs no more recording is one that the claim opens at once.
    opened: (row) =>
      isConflict(row) || !isUpToDate(row, profile) ? undefined : row.id,
    restsOn: (row) => (isConflict(row) ? undefined : accessTo([row.id])),
    keptFor: HOST,
    // The token is verified, so whom it names is nobody's invention.
    charged: `${provider} ${profile.sub}`,
  });
  return isConflict(found) ? err(found) : ok(found);
}

async function record(
  signIn: SignIn,
): Promise<Result<Member, AccountConflict>> {
  const known = await findAccountHolder(signIn);
  if (known !== undefined) {
    return ok(await refreshMember(known, signIn.profile));
  }
  const claimed = await claimMember(signIn);
  if (claimed.isOk()) {
    return claimed;
  }
  // The one that was quicker may have been this account itself.
  const meanwhile = await findAccountHolder(signIn);
  return meanwhile === undefined ? claimed : ok(meanwhile);
}

function shownFields({ name, nickname, picture }: JwtProfile) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(nickname === undefined ? {} : { nickname }),
    ...(picture === undefined ? {} : { image: picture }),
  };
}

function isSameAddress({ email }: Member, profile: JwtProfile): boolean {
  return email?.toLowerCase() === profile.email.toLowerCase();
}

/** Whether the row says all that the token says. */
function isUpToDate(member: Member, profile: JwtProfile): boolean {
  return (
    isSameAddress(member, profile) &&
    member.emailVerified &&
    Object.entries(shownFields(profile)).every(
      ([field, value]) => new Map(Object.entries(member)).get(field) === value,
    )
  );
}

/** Brings a member's row up to date with the token; writes only when something changed. */
async function refreshMember(
  member: Member,
  profile: JwtProfile,
): Promise<Member> {
  if (isUpToDate(member, profile)) {
    return member;
  }
  const update = async (email: string | null) => {
    const isFree =
      email === member.email || email === null
        ? undefined
        : notExists(
            systemDb()
              .select({ id: other.id })
              .from(other)
              .where(
                and(
                  sql`lower(${other.email}) = lower(${email})`,
                  ne(other.id, member.id),
                ),
              ),
          );
    return systemDb()
      .update(workspaceMember)
      .set({ email, emailVerified: true, ...shownFields(profile) })
      .where(and(eq(workspaceMember.id, member.id), isFree))
      .returning();
  };
  const wanted = isSameAddress(member, profile)
    ? member.email
    : profile.email.toLowerCase();
  const updated = await queryResult(update(wanted));
  const rows = updated.unwrapOr([]);
  // Somebody else has the new address as a member of their own: keep the old one, and both members as they are.
  const [row = member] = rows.length > 0 ? rows : await update(member.email);
  return row;
}
