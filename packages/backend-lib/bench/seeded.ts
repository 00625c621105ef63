// Draws that can be had again: by every variant of a benchmark, so that each is asked for the same, and by whoever repeats a
// stress that failed. Owns nothing else.

/** Numbers from 0 to 1 that depend on the seed alone. Source: Steele & Vigna, SplitMix, its 32-bit form. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) % 2 ** 32;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad); // eslint-disable-line no-bitwise -- a hash of bits
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97); // eslint-disable-line no-bitwise -- as above
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32; // eslint-disable-line no-bitwise -- as above
  };
}
