import { randomInt } from 'node:crypto';

/** Choices that come out the same for the same seed, on every machine (mulberry32: small, and good enough to choose). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.below(choices.length)] as Choice;
  }

  /** Each of them or not, in their order. */
  some<Choice>(choices: readonly Choice[], probability: number): Choice[] {
    return choices.filter(() => this.chance(probability));
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
    }
    return shuffled;
  }
}

/** Another one in each run; a failure names it, and MEMKIT_FUZZ_SEED repeats it. */
export function fuzzSeed(): number {
  return Number(process.env['MEMKIT_FUZZ_SEED'] ?? randomInt(0x7fff_ffff));
}
