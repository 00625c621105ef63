// The figures of one number of workspaces, from an empty database to the last timing. Owns the order of the work and the shape
// of the result, which is also that of the JSON.

import { type BenchDatabase } from "../benchDatabase";
import { progress } from "../benchReport";
import { CANDIDATES } from "./candidates";
import { DELETES, WRITES } from "./changes";
import {
  type Copy,
  indexBytes,
  type Prepared,
  prepareDatabases,
  type Variant,
} from "./databases";
import { type Improvement, improvement, slowdown } from "./figures";
import {
  footprint,
  type Product,
  startProduct,
  timeInTurns,
  type Timing,
} from "./measure";
import { type BenchQuery, READS } from "./reads";
import {
  type BenchWorkspace,
  lookedAt,
  type Size,
  SIZES,
  skewedWorkspaces,
} from "./workspaces";

export interface QueryFigures {
  readonly name: string;
  readonly size: Size;
  readonly tables?: BenchQuery["tables"];
  readonly before: Timing;
  readonly after: Timing;
  readonly improvement: Improvement;
  /** Of the largest workspace: pages of tables and indexes that one call looks at, and which of our indexes it searches. */
  readonly pages?: { readonly before: number; readonly after: number };
  readonly indexes?: readonly string[];
}

export interface WriteFigures {
  readonly name: string;
  readonly size: Size;
  readonly before: Timing;
  readonly after: Timing;
  readonly slowdown: number;
}

export interface IndexFigures {
  readonly name: string;
  readonly bytes: number;
  /** How many of the reads and deletes search it. */
  readonly queries: number;
}

export interface CandidateFigures {
  readonly name: string;
  readonly query: string;
  readonly size: Size;
  readonly without: Timing;
  readonly with: Timing;
  readonly improvement: Improvement;
  readonly isUsed?: boolean;
  readonly bytes: number;
}

export interface SizeResult {
  readonly workspaces: number;
  readonly rows: { readonly users: number; readonly events: number };
  readonly lookedAt: Readonly<Record<Size, BenchWorkspace>>;
  readonly reads: readonly QueryFigures[];
  readonly deletes: readonly QueryFigures[];
  readonly writes: readonly WriteFigures[];
  readonly indexes: readonly IndexFigures[];
  readonly candidates: readonly CandidateFigures[];
}

interface Bench {
  readonly products: ReadonlyMap<Variant, Product>;
  readonly copies: ReadonlyMap<Variant, Copy>;
  readonly ours: readonly string[];
  readonly looked: Readonly<Record<Size, BenchWorkspace>>;
  readonly rounds: number;
  /** Which of the workspaces are looked at. */
  readonly sizes: readonly Size[];
  /** Whether pages and indexes are asked for of this query too: that takes longer than a quick query itself. */
  readonly isTraced: (name: string) => boolean;
}

function from<T>(map: ReadonlyMap<Variant, T>, variant: Variant): T {
  const found = map.get(variant);
  if (found === undefined) {
    throw new Error(`There is no database ${variant}.`);
  }
  return found;
}

async function compare(
  bench: Bench,
  [first, second]: readonly [Variant, Variant],
  { name, size }: { name: string; size: Size },
) {
  const { products, rounds, looked } = bench;
  const timings = await timeInTurns(
    [from(products, first), from(products, second)],
    { name, workspace: looked[size], rounds },
  );
  return { first: from(timings, first), second: from(timings, second) };
}

async function footprintOf(
  bench: Bench,
  variant: Variant,
  name: string,
  names: readonly string[],
) {
  return footprint(from(bench.products, variant), from(bench.copies, variant), {
    name,
    workspace: bench.looked.largest,
    ours: names,
  });
}

async function queryFigures(
  bench: Bench,
  { name, tables }: { name: string; tables?: BenchQuery["tables"] },
  sizes: readonly Size[],
): Promise<QueryFigures[]> {
  const figures: QueryFigures[] = [];
  for (const size of sizes) {
    const { first, second } = await compare(bench, ["before", "after"], {
      name,
      size,
    });
    const timed = {
      name,
      size,
      ...(tables === undefined ? {} : { tables }),
      before: first.timing,
      after: second.timing,
      improvement: improvement(first.samples, second.samples),
    };
    if (size === "largest" && bench.isTraced(name)) {
      const before = await footprintOf(bench, "before", name, []);
      const after = await footprintOf(bench, "after", name, bench.ours);
      const pages = { before: before.pages, after: after.pages };
      figures.push({ ...timed, pages, indexes: after.indexes });
    } else {
      figures.push(timed);
    }
  }
  return figures;
}

const isBusy = (size: Size) => size === "typical" || size === "largest";

async function candidateFigures(bench: Bench): Promise<CandidateFigures[]> {
  if (CANDIDATES.length === 0) {
    return [];
  }
  const bytes = await indexBytes(from(bench.copies, "tried").url("superuser"));
  const figures: CandidateFigures[] = [];
  for (const { name, meantFor } of CANDIDATES) {
    for (const query of meantFor) {
      for (const size of bench.sizes.filter(isBusy)) {
        const { first, second } = await compare(bench, ["after", "tried"], {
          name: query,
          size,
        });
        const isUsed =
          size === "largest" && bench.isTraced(query)
            ? (await footprintOf(bench, "tried", query, [name])).indexes
                .length > 0
            : undefined;
        figures.push({
          name,
          query,
          size,
          without: first.timing,
          with: second.timing,
          improvement: improvement(first.samples, second.samples),
          ...(isUsed === undefined ? {} : { isUsed }),
          bytes: bytes.get(name) ?? 0,
        });
      }
    }
  }
  return figures;
}

async function writeFigures(bench: Bench): Promise<WriteFigures[]> {
  const figures: WriteFigures[] = [];
  for (const { name } of WRITES) {
    const { first, second } = await compare(bench, ["before", "after"], {
      name,
      size: "largest",
    });
    figures.push({
      name,
      size: "largest",
      before: first.timing,
      after: second.timing,
      slowdown: slowdown(first.samples, second.samples),
    });
  }
  return figures;
}

async function measureAll(
  bench: Bench,
): Promise<Omit<SizeResult, "workspaces" | "rows" | "lookedAt">> {
  const reads: QueryFigures[] = [];
  for (const [at, query] of READS.entries()) {
    if (at % 10 === 0) {
      progress(
        `  reads ${at + 1} to ${Math.min(at + 10, READS.length)} of ${READS.length} …`,
      );
    }
    reads.push(...(await queryFigures(bench, query, bench.sizes)));
  }
  const candidates = await candidateFigures(bench);
  progress("  deletes and writes …");
  const deletes: QueryFigures[] = [];
  for (const query of DELETES) {
    deletes.push(
      ...(await queryFigures(bench, query, bench.sizes.filter(isBusy))),
    );
  }
  const writes = await writeFigures(bench);
  const bytes = await indexBytes(from(bench.copies, "after").url("superuser"));
  const indexes = bench.ours.map((name) => ({
    name,
    bytes: bytes.get(name) ?? 0,
    queries: [...reads, ...deletes].filter((row) => row.indexes?.includes(name))
      .length,
  }));
  return { reads, deletes, writes, indexes, candidates };
}

export interface MeasureOptions {
  readonly count: number;
  readonly rounds: number;
  /** Only one workspace is looked at, and only a few queries closely. */
  readonly isQuick: boolean;
}

/** Traced when quick: one query of ours, one of Dittofeed's, a delete. */
const QUICKLY_TRACED = ["users", "segments", "delete a segment"];

/** Fills a database with so many workspaces, and measures every query on its copies. */
export async function measureSize(
  database: BenchDatabase,
  { count, rounds, isQuick }: MeasureOptions,
): Promise<SizeResult> {
  const workspaces = skewedWorkspaces(count);
  const looked = lookedAt(workspaces);
  const products = new Map<Variant, Product>();
  let prepared: Prepared | undefined;
  try {
    prepared = await prepareDatabases(database, workspaces);
    for (const copy of prepared.copies) {
      products.set(copy.variant, startProduct(copy));
    }
    const copies = new Map(prepared.copies.map((copy) => [copy.variant, copy]));
    const { ours, rows } = prepared;
    const figures = await measureAll({
      products,
      copies,
      ours,
      looked,
      rounds,
      sizes: isQuick ? ["largest"] : SIZES,
      isTraced: (name) => !isQuick || QUICKLY_TRACED.includes(name),
    });
    return { workspaces: count, rows, lookedAt: looked, ...figures };
  } finally {
    await Promise.all([...products.values()].map((product) => product.stop()));
    await prepared?.drop();
  }
}
