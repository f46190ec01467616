/** What a card of the list shows. Plain data: it goes into memcache as JSON and comes back as it was. */
export interface CountryCard {
  readonly code: string;
  readonly name: string;
  readonly capital: string;
  readonly region: string;
  readonly subregion: string;
  readonly areaKm2: number;
  readonly languages: readonly string[];
  readonly currencies: readonly string[];
  readonly borders: number;
}

/** What the detail page shows of the country itself. */
export interface Country extends CountryCard {
  readonly code2: string;
  readonly officialName: string;
  readonly areaRank: number;
  readonly areaRankInRegion: number;
  readonly countriesInRegion: number;
  readonly areaShareOfRegion: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly landlocked: boolean;
  readonly independent: boolean;
  readonly unMember: boolean;
  readonly demonym: string;
  readonly callingCode: string;
  readonly webDomain: string;
  readonly nativeNames: readonly string[];
}

/** A country over land: `steps` borders away. */
export interface Neighbour {
  readonly code: string;
  readonly name: string;
  readonly steps: number;
  /** The country one crosses first; empty at one step. */
  readonly via: string;
}

/** A country by distance between the middles. */
export interface NearbyCountry {
  readonly code: string;
  readonly name: string;
  readonly distanceKm: number;
  /** Where the asking country stands in that country's own list of nearest ones. */
  readonly rankFromThere: number;
}

/** What the edit form may change. */
export interface CountryChanges {
  readonly name: string;
  readonly officialName: string;
  readonly capital: string;
  readonly areaKm2: number;
}

/** What the list can be narrowed by. */
export interface Facets {
  readonly regions: readonly { readonly name: string; readonly countries: number }[];
  readonly languages: readonly { readonly code: string; readonly name: string; readonly countries: number }[];
}
