// The draws of the fairness benchmark: the same for every variant, so that each is asked for the same.
// Owns nothing else.

/** A generator of numbers from 0 to 1 that begins anew for each variant. Source: Steele & Vigna, SplitMix. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) % 2 ** 32;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad); // eslint-disable-line no-bitwise -- a hash of bits
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97); // eslint-disable-line no-bitwise -- as above
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32; // eslint-disable-line no-bitwise -- as above
  };
}
