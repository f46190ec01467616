import { plainText } from '../pages/plain-text.js';

export const SORT_ORDERS = {
  name: 'Name',
  area: 'Largest first',
  smallest: 'Smallest first',
  borders: 'Most neighbours',
  languages: 'Most languages',
} as const;

export type SortOrder = keyof typeof SORT_ORDERS;

/** The list's filters, read from the query string. */
export interface CountryFilter {
  readonly text: string;
  readonly region: string;
  readonly language: string;
  readonly sort: SortOrder;
}

/** Unknown values mean "no filter", so that a mistyped address still shows the atlas. */
export function parseCountryFilter(query: Readonly<Record<string, unknown>>): CountryFilter {
  const sort = readText(query['sort']);
  return {
    text: readText(query['q']),
    region: readText(query['region']),
    language: readText(query['language']),
    sort: isSortOrder(sort) ? sort : 'name',
  };
}

function readText(value: unknown): string {
  return plainText(value).slice(0, 80);
}

function isSortOrder(value: string): value is SortOrder {
  return Object.hasOwn(SORT_ORDERS, value);
}
