import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** [longitude, latitude] in degrees. */
export type Point = readonly [number, number];
export type Ring = readonly Point[];

/** Where the world-countries package keeps flags and outlines. */
export const COUNTRY_FILES = join(dirname(fileURLToPath(import.meta.resolve('world-countries'))), 'data');

interface GeoJson {
  readonly features: readonly {
    readonly geometry?:
      | { readonly type: 'Polygon'; readonly coordinates: readonly Ring[] }
      | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly Ring[])[] };
  }[];
}

/** The outer rings of a country's land; empty when the package has no outline of it. */
export async function readOutline(code: string): Promise<readonly Ring[]> {
  const text = await readFile(join(COUNTRY_FILES, `${code.toLowerCase()}.geo.json`), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { features } = JSON.parse(text) as GeoJson;
  return features.flatMap(({ geometry }) => {
    if (geometry === undefined) return [];
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    return polygons.flatMap((rings) => rings.slice(0, 1));
  });
}
