// Numbers that look random and are the same on every machine and in every run: the demo's data must be. Not for keys.

/** A source of choices; each call moves it on. */
export interface Random {
  /** 0 ≤ x < 1. */
  readonly fraction: () => number;
  /** A whole number, both ends included. */
  readonly integer: (min: number, max: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the items; throws when there is none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** A span of time that is short mostly and long at times; the same unit as its mean. */
  readonly wait: (mean: number) => number;
  /** Text in the form of a UUID. */
  readonly id: () => string;
}

/** The generator mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to look at. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    /* eslint-disable no-bitwise -- the algorithm is bitwise */
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    /* eslint-enable no-bitwise */
  };
}

/** A source that gives the same choices for the same seed. */
export function createRandom(seed: number): Random {
  const fraction = mulberry32(seed);
  const integer = (min: number, max: number) =>
    min + Math.floor(fraction() * (max - min + 1));
  const hex = () =>
    integer(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, "0");
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) {
        throw new RangeError("There is nothing to pick from.");
      }
      return item;
    },
    wait: (mean) => -mean * Math.log(1 - fraction()),
    id: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(4)}-4${b.slice(0, 3)}-8${c.slice(0, 3)}-${c.slice(4)}${d}`;
    },
  };
}
