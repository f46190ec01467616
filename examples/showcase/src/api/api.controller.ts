import { CacheInterceptor } from '@nestjs/cache-manager';
import { Controller, Get, Inject, Param, Query, UseInterceptors } from '@nestjs/common';
import { CountriesService } from '../countries/countries.service.js';
import type { Country, CountryCard, NearbyCountry, Neighbour } from '../countries/country.js';
import { parseCountryFilter } from '../countries/country-filter.js';
import { parseCode, UnknownCountry } from '../pages/not-found.js';

/**
 * The atlas as JSON. Nest's own CacheInterceptor keeps the answers, by address; it neither knows nor needs to know that
 * its store is memcache. Its header X-Cache says HIT or MISS.
 */
@Controller('api/countries')
@UseInterceptors(CacheInterceptor)
export class ApiController {
  readonly #countries: CountriesService;

  constructor(@Inject(CountriesService) countries: CountriesService) {
    this.#countries = countries;
  }

  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<readonly CountryCard[]> {
    const codes = await this.#countries.findCodes(parseCountryFilter(query));
    const cards = new Map((await this.#countries.findCards(codes)).map((card) => [card.code, card]));
    return codes.flatMap((code) => cards.get(code) ?? []);
  }

  @Get(':code')
  async detail(
    @Param('code') text: string,
  ): Promise<Country & { neighbours: readonly Neighbour[]; nearest: readonly NearbyCountry[] }> {
    const code = parseCode(text);
    const country = await this.#countries.findOne(code);
    if (country === undefined) throw new UnknownCountry(code);
    const [neighbours, nearest] = await Promise.all([
      this.#countries.findNeighbours(code),
      this.#countries.findNearest(code),
    ]);
    return { ...country, neighbours, nearest };
  }
}
