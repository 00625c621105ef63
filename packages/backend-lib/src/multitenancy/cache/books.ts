// What this process knows of the generations, workspace by workspace, and the stamps that values are kept with. Owns that a
// stamp is current until a change is heard and never again, and that one which new sums confirm stays the same object;
// leaves hearing and asking to generations.ts.

import { createHash } from "node:crypto";

import { CACHE_SCOPES, type CacheScope } from "./kind";

/** Of no workspace: its generations are everybody's. */
export const HOST = "00000000-0000-0000-0000-000000000000";
/** The scope that all others are part of. */
export const EVERYTHING = "*";

export type ChangedScope = CacheScope | typeof EVERYTHING;

/** A workspace and what of it: one thing that a value depends on. */
export interface Dependency {
  readonly workspaceId: string;
  readonly scope: CacheScope;
}

/** One dependency as it was: a value may be kept with it, and holds as long as it is current. */
export interface Stamp {
  readonly workspaceId: string;
  /** The scope and its generations. Differs after every change, and never comes back. */
  readonly token: string;
  readonly isCurrent: boolean;
}

interface LiveStamp extends Stamp {
  isCurrent: boolean;
}

/** The generations of one workspace's scopes, and of everybody, as of one reading. */
export interface Reading {
  readonly sums: ReadonlyMap<string, string>;
  readonly ofAll: string;
}

interface Book extends Reading {
  readonly alias: string;
  /** Scopes that changed since. */
  readonly outdated: Set<string>;
  readonly stamps: Map<string, LiveStamp>;
}

/**
 * What announcements call a workspace, as tenancy.cache_forget() does: every login of the database can listen to them, and
 * none is to learn a workspace's id by it.
 */
export function aliasOf(workspaceId: string): string {
  const bytes = Buffer.from(workspaceId.replaceAll("-", ""), "hex");
  return createHash("sha256").update(bytes).digest("hex");
}

const ALIAS_OF_HOST = aliasOf(HOST);

/** Workspaces whose generations are remembered, unless told; each is a few hundred bytes. */
const BOOKS_MAX = 50_000;

const SCOPES: ReadonlySet<string> = new Set([EVERYTHING, ...CACHE_SCOPES]);

export function isChangedScope(text: string): text is ChangedScope {
  return SCOPES.has(text);
}

/** Whether everything of everybody changed. */
export function isEverybody(alias: string, scope: ChangedScope): boolean {
  return scope === EVERYTHING && alias === ALIAS_OF_HOST;
}

function tokenOf({ sums, ofAll }: Reading, scope: string): string {
  return `${scope}${ofAll}.${sums.get(EVERYTHING) ?? "0"}.${sums.get(scope) ?? "0"}`;
}

/** A stamp that holds for whoever asked and is outdated already for those who come: nothing is kept with it. */
export function passingStamp(
  { workspaceId, scope }: Dependency,
  reading: Reading,
): Stamp {
  return { workspaceId, token: tokenOf(reading, scope), isCurrent: false };
}

export class Books {
  /** In the order in which they were last read from the database. */
  readonly #books = new Map<string, Book>();

  /** The books' workspaces by what announcements call them. */
  readonly #ids = new Map<string, string>();

  readonly #max: number;

  constructor({ max = BOOKS_MAX }: { readonly max?: number } = {}) {
    this.#max = max;
  }

  /** The stamp as of what was heard last; undefined when that is not known. */
  stamp({ workspaceId, scope }: Dependency): Stamp | undefined {
    const book = this.#books.get(workspaceId);
    if (book === undefined || book.outdated.has(scope)) {
      return undefined;
    }
    let stamp = book.stamps.get(scope);
    if (stamp === undefined) {
      stamp = { workspaceId, token: tokenOf(book, scope), isCurrent: true };
      book.stamps.set(scope, stamp);
    }
    return stamp;
  }

  /** Takes in what was read. Stamps that it confirms stay the same ones, with all that is kept with them. */
  enter(workspaceId: string, reading: Reading): void {
    const stamps =
      this.#books.get(workspaceId)?.stamps ?? new Map<string, LiveStamp>();
    stamps.forEach(({ token }, scope) => {
      if (token !== tokenOf(reading, scope)) {
        end(stamps, scope);
      }
    });
    const alias = this.#books.get(workspaceId)?.alias ?? aliasOf(workspaceId);
    this.#books.delete(workspaceId);
    this.#books.set(workspaceId, {
      ...reading,
      alias,
      stamps,
      outdated: new Set(),
    });
    this.#ids.set(alias, workspaceId);
    if (this.#books.size > this.#max) {
      const [oldest] = this.#books.keys();
      if (oldest !== undefined) {
        this.#drop(oldest);
      }
    }
  }

  /** Ends the stamps of the scope, of all of the workspace, or of everybody. */
  forget(alias: string, scope: ChangedScope): void {
    const workspaceId = this.#ids.get(alias);
    if (isEverybody(alias, scope)) {
      this.forgetAll();
    } else if (workspaceId !== undefined && scope === EVERYTHING) {
      this.#drop(workspaceId);
    } else if (workspaceId !== undefined) {
      const book = this.#books.get(workspaceId);
      if (book !== undefined) {
        end(book.stamps, scope);
        book.outdated.add(scope);
      }
    }
  }

  forgetAll(): void {
    [...this.#books.keys()].forEach((id) => this.#drop(id));
  }

  #drop(workspaceId: string): void {
    const book = this.#books.get(workspaceId);
    if (book !== undefined) {
      book.stamps.forEach((_, scope) => end(book.stamps, scope));
      this.#books.delete(workspaceId);
      this.#ids.delete(book.alias);
    }
  }
}

function end(stamps: Map<string, LiveStamp>, scope: string): void {
  const stamp = stamps.get(scope);
  if (stamp !== undefined) {
    stamp.isCurrent = false;
    stamps.delete(scope);
  }
}
