import { randomInt } from 'node:crypto';

/** A number from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Mulberry32: small, fast and the same on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Another one in each run; a failure names it, and MEMKIT_FUZZ_SEED repeats it. */
export function fuzzSeed(): number {
  return Number(process.env['MEMKIT_FUZZ_SEED'] ?? randomInt(0x7fff_ffff));
}
