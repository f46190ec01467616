import type { CountryCard } from './country.js';

/**
 * Fragments that are missing ask for their data one by one, all in the same tick; this makes one query of them.
 * Use one batch per page.
 */
export class CardBatch {
  readonly #load: (codes: readonly string[]) => Promise<readonly CountryCard[]>;
  #codes: string[] = [];
  #cards: Promise<ReadonlyMap<string, CountryCard>> | undefined;

  constructor(load: (codes: readonly string[]) => Promise<readonly CountryCard[]>) {
    this.#load = load;
  }

  /** The card's facts; `undefined` when the country is gone. */
  async find(code: string): Promise<CountryCard | undefined> {
    this.#codes.push(code);
    this.#cards ??= this.#loadSoon();
    return (await this.#cards).get(code);
  }

  async #loadSoon(): Promise<ReadonlyMap<string, CountryCard>> {
    await new Promise(setImmediate);
    const codes = this.#codes;
    this.#codes = [];
    this.#cards = undefined;
    return new Map((await this.#load(codes)).map((card) => [card.code, card]));
  }
}
