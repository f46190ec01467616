/** The names under which cached things can be invalidated. What was built from a country carries that country's tag. */

/** Pages and lists that show which countries there are. */
export const ALL_COUNTRIES = 'countries';

/** Everything that says where a country stands among all others. */
export const AREA_RANKING = 'area-ranking';

export function countryTag(code: string): string {
  return `country:${code}`;
}
