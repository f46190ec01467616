import { Invalidate, Key, ReadThrough, ReadThroughMulti, Update, type Cache } from '@memkit/cache';
import { InjectCache } from '@memkit/nestjs';
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ALL_COUNTRIES, AREA_RANKING, countryTag } from './cache-tags.js';
import type { Country, CountryCard, CountryChanges, Facets, NearbyCountry, Neighbour } from './country.js';
import type { CountryFilter } from './country-filter.js';
import * as queries from './country-queries.js';

const NEAREST = 20;

/**
 * The atlas. The methods hold SQL and nothing else; what of it is cached, for how long, and what makes it outdated
 * stands in the decorators above them.
 */
@Injectable()
export class CountriesService {
  readonly #database: Database;
  readonly #cache: Cache;

  constructor(@Inject(Database) database: Database, @InjectCache() cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** Not cached: the page around the list is, and its cards are. */
  async findCodes({ text, region, language, sort }: CountryFilter): Promise<string[]> {
    const rows = await this.#database.query<{ code: string }>(
      'Countries that match the filters',
      queries.findCodesSql(sort),
      [text, region, language],
    );
    return rows.map(({ code }) => code);
  }

  /** Not cached: each card is a fragment of its own. */
  async findCards(codes: readonly string[]): Promise<CountryCard[]> {
    return await this.#database.query<CountryCard>('Facts for cards', queries.FIND_CARDS, [codes]);
  }

  /** `key` is given because the method has no parameters to make one of. */
  @ReadThrough({ namespace: 'facets', key: () => 'all', ttl: '1h', tags: [ALL_COUNTRIES] })
  async findFacets(): Promise<Facets> {
    const [regions, languages] = await Promise.all([
      this.#database.query<Facets['regions'][number]>('Regions', queries.FIND_REGIONS),
      this.#database.query<Facets['languages'][number]>('Languages', queries.FIND_LANGUAGES),
    ]);
    return { regions, languages };
  }

  /**
   * The second call with the same code does not run this method. `undefined` (no such country) is not stored, so a
   * mistyped address leaves nothing behind.
   */
  @ReadThrough<[string], Country | undefined>({
    namespace: 'country',
    ttl: '10m',
    tags: ({ args: [code] }) => [countryTag(code), AREA_RANKING],
  })
  async findOne(@Key() code: string): Promise<Country | undefined> {
    const [country] = await this.#findCountries('One country with its ranks', [code]);
    return country;
  }

  /** Shares its entries with `findOne`. Runs with the codes that are not in the cache, in one query. */
  @ReadThroughMulti<[readonly string[]], Country>({
    namespace: 'country',
    ttl: '10m',
    idOf: ({ code }) => code,
    tags: ({ result }) => [countryTag(result.code), AREA_RANKING],
  })
  async findMany(@Key() codes: readonly string[]): Promise<(Country | undefined)[]> {
    const found = await this.#findCountries('Several countries with their ranks', codes);
    return codes.map((code) => found.find((country) => country.code === code));
  }

  /** Tagged with every country it names: when one of them gets a new name, this is outdated too. */
  @ReadThrough<[string], readonly Neighbour[]>({
    namespace: 'neighbours',
    ttl: '10m',
    tags: ({ args: [code], result }) => [code, ...result.map((neighbour) => neighbour.code)].map(countryTag),
  })
  async findNeighbours(@Key() code: string): Promise<readonly Neighbour[]> {
    return await this.#database.query<Neighbour>('Neighbours of neighbours', queries.FIND_NEIGHBOURS, [code]);
  }

  /** The expensive one: 62,250 distances. A `staleFor` keeps the old answer at hand while a new one is computed. */
  @ReadThrough<[string], readonly NearbyCountry[]>({
    namespace: 'nearest',
    ttl: '10m',
    staleFor: '1h',
    tags: ({ args: [code], result }) => [code, ...result.map((country) => country.code)].map(countryTag),
  })
  async findNearest(@Key() code: string): Promise<readonly NearbyCountry[]> {
    return await this.#database.query<NearbyCountry>('Nearest of all pairs', queries.FIND_NEAREST, [code, NEAREST]);
  }

  /**
   * What it returns replaces the entry of `findOne`: the next reader finds the new country without a query. Everything
   * else that was built from the old one goes by tag, before that: pages, cards, the neighbours' lists.
   */
  @Update<[string, CountryChanges], Country | undefined>({
    namespace: 'country',
    ttl: '10m',
    tags: ({ args: [code] }) => [countryTag(code), AREA_RANKING],
    unless: ({ result }) => result === undefined,
  })
  async update(@Key() code: string, changes: CountryChanges): Promise<Country | undefined> {
    const { name, officialName, capital, areaKm2 } = changes;
    const changed = await this.#database.query('Save the country', queries.UPDATE_COUNTRY, [
      code,
      name,
      officialName,
      capital,
      areaKm2,
    ]);
    if (changed.length === 0) return undefined;
    await this.#cache.invalidateTags(ALL_COUNTRIES, AREA_RANKING, countryTag(code));
    const [country] = await this.#findCountries('The saved country with its ranks', [code]);
    return country;
  }

  /** Removes the entry of `findOne` and, by tag, all that named the country. */
  @Invalidate<[string], readonly string[] | undefined>({
    namespace: 'country',
    tags: ({ args: [code], result }) => [
      ALL_COUNTRIES,
      AREA_RANKING,
      // Its neighbours' cards say how many neighbours they have.
      ...[code, ...(result ?? [])].map(countryTag),
    ],
    unless: ({ result }) => result === undefined,
  })
  async remove(@Key() code: string): Promise<readonly string[] | undefined> {
    const [removed] = await this.#database.query<{ neighbours: string[] }>(
      'Delete the country',
      queries.DELETE_COUNTRY,
      [code],
    );
    return removed?.neighbours;
  }

  async #findCountries(title: string, codes: readonly string[]): Promise<Country[]> {
    return await this.#database.query<Country>(title, queries.FIND_COUNTRIES, [codes]);
  }
}
