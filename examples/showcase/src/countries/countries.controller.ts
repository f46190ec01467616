import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Body, Controller, Get, HttpStatus, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { Cache as ApiCache } from 'cache-manager';
import type { Response } from 'express';
import type { Point } from '../maps/outline.js';
import { parseCode, UnknownCountry } from '../pages/not-found.js';
import { PageRenderer } from '../pages/page-renderer.js';
import { CountriesService } from './countries.service.js';
import type { Country } from './country.js';
import { CountryCards } from './country-cards.js';
import { parseCountryFilter, SORT_ORDERS } from './country-filter.js';
import { parseCountryForm } from './country-form.js';
import { CountryMaps } from './country-maps.js';

/** What the globe above the list shows: the Old World, a little from above. */
const HERO_VIEW: Point = [28, 22];

/** The pages of the atlas. */
@Controller()
export class CountriesController {
  readonly #countries: CountriesService;
  readonly #cards: CountryCards;
  readonly #maps: CountryMaps;
  readonly #pages: PageRenderer;
  readonly #apiCache: ApiCache;

  constructor(
    @Inject(CountriesService) countries: CountriesService,
    @Inject(CountryCards) cards: CountryCards,
    @Inject(CountryMaps) maps: CountryMaps,
    @Inject(PageRenderer) pages: PageRenderer,
    @Inject(CACHE_MANAGER) apiCache: ApiCache,
  ) {
    this.#countries = countries;
    this.#cards = cards;
    this.#maps = maps;
    this.#pages = pages;
    this.#apiCache = apiCache;
  }

  /** Behind `cachePage`, see countries.module.ts: on a page hit none of this runs. */
  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<string> {
    const filter = parseCountryFilter(query);
    const [codes, facets, globe] = await Promise.all([
      this.#countries.findCodes(filter),
      this.#countries.findFacets(),
      this.#maps.globe(HERO_VIEW, 0.8),
    ]);
    const cards = await this.#cards.render(codes);
    return this.#pages.page('country-list', 'All countries', {
      filter,
      facets,
      globe,
      cards,
      sortOrders: SORT_ORDERS,
    });
  }

  @Get('countries/:code')
  async detail(@Param('code') text: string): Promise<string> {
    const country = await this.#find(parseCode(text));
    const [neighbours, nearest] = await Promise.all([
      this.#countries.findNeighbours(country.code),
      this.#countries.findNearest(country.code),
    ]);
    const around = [...neighbours, ...nearest].map(({ code }) => code);
    const middle: Point = [country.longitude, country.latitude];
    const [map, globe] = await Promise.all([
      this.#maps.section(country.code, around, middle),
      this.#maps.globe(middle, 2.5),
    ]);
    return this.#pages.page('country-detail', country.name, { country, neighbours, nearest, map, globe });
  }

  @Get('countries/:code/edit')
  async editForm(@Param('code') text: string): Promise<string> {
    const country = await this.#find(parseCode(text));
    return this.#editPage(country, {}, {});
  }

  @Post('countries/:code/edit')
  async edit(@Param('code') text: string, @Body() body: unknown, @Res() response: Response): Promise<void> {
    const code = parseCode(text);
    const form = parseCountryForm(body);
    if ('problems' in form) {
      const country = await this.#find(code);
      const page = this.#editPage(country, form.entered, form.problems);
      response.status(HttpStatus.BAD_REQUEST).type('html').send(page);
      return;
    }
    const country = await this.#countries.update(code, form.changes);
    if (country === undefined) throw new UnknownCountry(code);
    await this.#forgetApi();
    response.redirect(HttpStatus.SEE_OTHER, `/countries/${code}`);
  }

  @Post('countries/:code/delete')
  async remove(@Param('code') text: string, @Res() response: Response): Promise<void> {
    const code = parseCode(text);
    if ((await this.#countries.remove(code)) === undefined) throw new UnknownCountry(code);
    await this.#forgetApi();
    response.redirect(HttpStatus.SEE_OTHER, '/');
  }

  async #find(code: string): Promise<Country> {
    const country = await this.#countries.findOne(code);
    if (country === undefined) throw new UnknownCountry(code);
    return country;
  }

  #editPage(country: Country, entered: object, problems: object): string {
    return this.#pages.page('country-edit', `Edit ${country.name}`, { country, entered, problems });
  }

  /** Nest's CacheModule has no tags. Clearing its namespace is one operation, and leaves the rest of memcached alone. */
  async #forgetApi(): Promise<void> {
    await this.#apiCache.clear();
  }
}
