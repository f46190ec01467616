import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import type { Country as SourceCountry } from 'world-countries';
import { SCHEMA } from './schema.js';

type Row = Readonly<Record<string, string | number | boolean>>;

/** Fills an empty database with the atlas; resolves to the number of countries. */
export async function loadCountries(postgres: PGlite): Promise<number> {
  const file = fileURLToPath(import.meta.resolve('world-countries/countries.json'));
  const source = JSON.parse(await readFile(file, 'utf8')) as readonly SourceCountry[];
  await postgres.exec(SCHEMA);
  await postgres.transaction(async (transaction) => {
    for (const [table, rows] of Object.entries(toTables(source))) {
      // One statement a table: Postgres unfolds the JSON itself.
      await transaction.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`, [
        JSON.stringify(rows),
      ]);
    }
  });
  await postgres.exec('analyze');
  return source.length;
}

/** In the order of the foreign keys. */
function toTables(source: readonly SourceCountry[]): Record<string, Row[]> {
  const known = new Set(source.map(({ cca3 }) => cca3));
  return {
    countries: source.map(toCountry),
    country_names: source.flatMap((country) =>
      Object.entries({ ...country.name.native, ...country.translations, eng: country.name }).map(
        ([language, { common, official }]) => ({ code: country.cca3, language, common, official }),
      ),
    ),
    country_languages: source.flatMap(({ cca3, languages }) =>
      Object.entries(languages).map(([language, name]) => ({ code: cca3, language, name })),
    ),
    country_currencies: source.flatMap(({ cca3, currencies }) =>
      Object.entries(currencies).map(([currency, { name, symbol }]) => ({ code: cca3, currency, name, symbol })),
    ),
    country_borders: source.flatMap(({ cca3, borders }) =>
      borders.filter((neighbour) => known.has(neighbour)).map((neighbour) => ({ code: cca3, neighbour })),
    ),
  };
}

function toCountry(country: SourceCountry): Row {
  const [latitude, longitude] = country.latlng;
  const { root, suffixes } = country.idd;
  return {
    code: country.cca3,
    code2: country.cca2,
    name: country.name.common,
    official_name: country.name.official,
    capital: country.capital.join(', '),
    region: country.region,
    subregion: country.subregion || country.region,
    area_km2: Math.max(country.area, 0),
    latitude,
    longitude,
    landlocked: country.landlocked,
    // The types promise a boolean; Kosovo has null.
    independent: (country.independent as boolean | null) === true,
    un_member: country.unMember,
    demonym: country.demonyms['eng']?.m ?? '',
    // Countries that share a code (+1, +7) have many suffixes; the root alone is what they share.
    calling_code: suffixes.length === 1 ? `${root}${suffixes[0] ?? ''}` : root,
    web_domain: country.tld[0] ?? '',
  };
}
