// Finding out who calls, before there is a workspace that could be charged. Owns whom such a look-up is charged to, and that
// identical ones are asked once. A claim that was good of late is charged to what it opened; all others share one turn,
// since whoever makes claims up can make up as many as they like. It decides on nothing but the order.

import { createHash } from "node:crypto";

import { config } from "../config";
import { JoinNext } from "./joinNext";
import { takeSystemTurn } from "./systemTurns";

const CLAIMS_MAX = 10_000;
const UNPROVEN = "unproven";

/** What was claimed with success, by its digest: what it opened. The one used longest ago is forgotten first. */
const proven = new Map<string, string>();

/** What a request brings along: the credential, and what it is to open. */
export type Claim = readonly string[];

function digest(claim: Claim): string {
  return createHash("sha256").update(JSON.stringify(claim)).digest("base64");
}

function note(claimed: string, opened: string | undefined): void {
  proven.delete(claimed);
  if (opened === undefined) {
    return;
  }
  proven.set(claimed, opened);
  const [oldest] = proven.keys();
  if (oldest !== undefined && proven.size > CLAIMS_MAX) {
    proven.delete(oldest);
  }
}

export interface LookUp<Row, Found> {
  readonly claim: Claim;
  /** Names the query together with all that it depends on: equal ones have the same answer. */
  readonly query: readonly string[];
  readonly find: () => PromiseLike<Row>;
  /** Weighs the answer, for this claim alone. */
  readonly decide: (row: Row) => Found;
  /** The id of the workspace that it opens; undefined: none. */
  readonly opened: (found: Found) => string | undefined;
}

/** A kind of look-up; make it once. */
export class LookUps<Row> {
  readonly #queries = new JoinNext<Row>({
    callersMax: () => config().databaseQueueMaxPerWorkspace,
  });

  /**
   * What the database says about the claim, as of the call or later. Rejects with a PoolRefusal when too many wait, or too
   * long.
   */
  async decide<Found>({
    claim,
    query,
    find,
    decide,
    opened,
  }: LookUp<Row, Found>): Promise<Found> {
    const claimed = digest(claim);
    const charged = proven.get(claimed) ?? UNPROVEN;
    // Not shared between the two: who is known does not wait with who is not.
    const row = await this.#queries.join(
      JSON.stringify([charged, ...query]),
      (begin) =>
        takeSystemTurn(charged, () => {
          begin();
          return find();
        }),
    );
    const found = decide(row);
    note(claimed, opened(found));
    return found;
  }
}
