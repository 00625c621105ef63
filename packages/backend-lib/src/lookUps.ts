// Finding out who calls, before there is a workspace that could be charged. Owns whom such a look-up is charged to, that identical
// ones are asked once, and that a claim which was good of late is answered from the cache as long as nothing changed. All other
// claims share one turn at the database, since whoever makes claims up can make up as many as they like.

import { createHash } from "node:crypto";

import { config } from "./config";
import { JoinNext } from "./db/joinNext";
import { takeSystemTurn } from "./db/systemTurns";
import {
  type CacheHit,
  type CacheKind,
  type CacheMiss,
  type Dependency,
  HOST,
  processKind,
  tenantCache,
} from "./multitenancy/cache";

const CLAIMS_MAX = 10_000;
/** An answer that rests on more costs more to check than to ask for. */
const DEPENDENCIES_MAX = 100;
const UNPROVEN = "unproven";

/** What a request brings along: the credential, and what it is to open. */
export type Claim = readonly string[];

/** Which workspaces there are, and every one's own row. */
export const DIRECTORY: Dependency = { workspaceId: HOST, scope: "directory" };

/** Who may come in as what: of workspaces their rows, keys and roles, of a member the row and the accounts. Each id once. */
export function accessTo(
  ids: readonly (string | null)[],
): readonly Dependency[] {
  return [...new Set(ids)]
    .filter((id) => id !== null)
    .map((workspaceId) => ({ workspaceId, scope: "access" }));
}

export interface LookUp<Row, Found> {
  readonly claim: Claim;
  /** Names the query together with all that it asks for: equal ones have the same answer. */
  readonly query: readonly string[];
  readonly find: () => PromiseLike<Row>;
  /** Weighs the answer, for this claim alone. May be given one that cannot be changed. */
  readonly decide: (row: Row) => Found;
  /** The id of the workspace that it opens; undefined: none. */
  readonly opened: (found: Found) => string | undefined;
  /**
   * Everything whose change could give the claim another answer than this one, which opens something. Undefined: that cannot
   * be said, so the database is asked each time.
   */
  readonly restsOn: (row: Row) => readonly Dependency[] | undefined;
  /** In whose place the answer is kept. Default: what the claim opened; HOST for what is of no one workspace. */
  readonly keptFor?: string;
  /** Who is charged, if that is known to be nobody's invention. Default: what the claim opened of late. */
  readonly charged?: string;
}

/** What became of a claim that was good of late. A hint, no permission: what it says is checked each time. */
interface Proof {
  readonly opened: string;
  readonly restsOn: readonly Dependency[] | undefined;
}

/** By the claim's digest; the one used longest ago is forgotten first. */
const proven = new Map<string, Proof>();

function digest(claim: Claim): string {
  return createHash("sha256").update(JSON.stringify(claim)).digest("base64");
}

function note(claimed: string, proof: Proof | undefined): void {
  proven.delete(claimed);
  if (proof === undefined) {
    return;
  }
  proven.set(claimed, proof);
  const [oldest] = proven.keys();
  if (oldest !== undefined && proven.size > CLAIMS_MAX) {
    proven.delete(oldest);
  }
}

const nameOf = ({ workspaceId, scope }: Dependency) =>
  `${workspaceId} ${scope}`;

/** Whether all that the answer rests on was known when its generations were read. */
function covers(
  known: readonly Dependency[] | undefined,
  actual: readonly Dependency[] | undefined,
): boolean {
  const names = new Set(known?.map(nameOf));
  return actual?.every((each) => names.has(nameOf(each))) ?? false;
}

/** A kind of look-up; make it once. */
export class LookUps<Row> {
  readonly #queries = new JoinNext<Row>({
    callersMax: () => config().databaseQueueMaxPerWorkspace,
  });

  /** Answers hold keys, so they never leave this process. */
  readonly #kind: CacheKind<Row>;

  /** `name`: letters only, and its own among the cache's kinds. */
  constructor(name: string) {
    this.#kind = processKind<Row>({ name, scopes: ["access"] });
  }

  /**
   * What the database says about the claim, as of the call or later: asked now, or kept since and known not to have changed.
   * What opens nothing was always asked now. Rejects with a PoolRefusal when too many wait, or too long.
   */
  async decide<Found>(lookUp: LookUp<Row, Found>): Promise<Found> {
    const { decide, opened } = lookUp;
    const claimed = digest(lookUp.claim);
    const proof = proven.get(claimed);
    const kept = proof && (await this.#kept(lookUp, proof));
    if (proof !== undefined && kept?.isHit === true) {
      const found = decide(kept.value);
      if (opened(found) !== undefined) {
        note(claimed, proof);
        return found;
      }
    }
    const row = await this.#ask(lookUp, proof);
    const found = decide(row);
    const open = opened(found);
    if (open === undefined) {
      note(claimed, undefined);
      return found;
    }
    const restsOn = lookUp.restsOn(row);
    if (kept?.isHit === false && covers(proof?.restsOn, restsOn)) {
      tenantCache().set(kept, row);
    }
    note(claimed, { opened: open, restsOn });
    return found;
  }

  /**
   * The answer that is kept under what the claim's last one rested on. Those dependencies are part of the key, so whatever is
   * found was stored under the generations of just these, read before it was asked for.
   */
  async #kept<Found>(
    { query, keptFor }: LookUp<Row, Found>,
    { opened, restsOn }: Proof,
  ): Promise<CacheHit<Row> | CacheMiss<Row> | undefined> {
    return restsOn === undefined || restsOn.length > DEPENDENCIES_MAX
      ? undefined
      : tenantCache().get(this.#kind, {
          workspaceId: keptFor ?? opened,
          key: JSON.stringify([query, restsOn.map(nameOf)]),
          dependsOn: restsOn,
        });
  }

  async #ask<Found>(
    { query, find, charged }: LookUp<Row, Found>,
    proof: Proof | undefined,
  ): Promise<Row> {
    const payer = charged ?? proof?.opened ?? UNPROVEN;
    // Not shared between the two: who is known does not wait with who is not.
    return this.#queries.join(JSON.stringify([payer, ...query]), (begin) =>
      takeSystemTurn(payer, () => {
        begin();
        return find();
      }),
    );
  }
}
