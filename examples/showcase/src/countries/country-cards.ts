import type { Cache } from '@memkit/cache';
import { InjectCache } from '@memkit/nestjs';
import { createFragments, type Fragments } from '@memkit/views';
import { Inject, Injectable } from '@nestjs/common';
import { PageRenderer } from '../pages/page-renderer.js';
import { countryTag } from './cache-tags.js';
import { CardBatch } from './card-batch.js';
import { CountriesService } from './countries.service.js';

/** Raise it together with a change of views/country-card.eta: cards drawn by the old template are then not found. */
const CARD_VERSION = 1;

/** The cards of the list, each a fragment of its own: after one country changed, one card is drawn anew. */
@Injectable()
export class CountryCards {
  readonly #countries: CountriesService;
  readonly #pages: PageRenderer;
  readonly #fragments: Fragments;

  constructor(
    @Inject(CountriesService) countries: CountriesService,
    @Inject(PageRenderer) pages: PageRenderer,
    @InjectCache() cache: Cache,
  ) {
    this.#countries = countries;
    this.#pages = pages;
    this.#fragments = createFragments({ cache, ttl: '1h' });
  }

  /** HTML of one card per code, in order: one multi-get for all, and one query for those that were missing. */
  async render(codes: readonly string[]): Promise<string[]> {
    const batch = new CardBatch((missing) => this.#countries.findCards(missing));
    return await this.#fragments.renderMany(
      'country-card',
      codes,
      { key: (code) => code, version: CARD_VERSION, tags: (code) => [countryTag(code)] },
      async (code) => {
        const country = await batch.find(code);
        return country === undefined ? '' : this.#pages.part('country-card', { country });
      },
    );
  }
}
