import type { Cache, Memoized } from '@memkit/cache';
import { InjectCache } from '@memkit/nestjs';
import { Injectable } from '@nestjs/common';
import { drawMap, type CountryMap } from '../maps/draw-map.js';
import { drawGlobe, type Globe } from '../maps/globe.js';
import type { Point } from '../maps/outline.js';

/** The maps of the pages: plain functions, made into ones that remember with `cache.memoize`. */
@Injectable()
export class CountryMaps {
  /** The name of the function and its arguments are the key. */
  readonly globe: Memoized<[middle: Point, detail: number], Globe>;
  /** Outlines never change here, so the code alone will do for a key. */
  readonly section: Memoized<[code: string, around: readonly string[], middle: Point], CountryMap>;

  constructor(@InjectCache() cache: Cache) {
    this.globe = cache.memoize(drawGlobe, { ttl: '1d' });
    this.section = cache.memoize(drawMap, { ttl: '1d', key: (code) => code });
  }
}
