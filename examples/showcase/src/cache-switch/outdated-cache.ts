import type { Cache } from '@memkit/cache';
import { InjectCache } from '@memkit/nestjs';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cache as ApiCache } from 'cache-manager';

/** For the two moments at which nobody knows what in memcache is still true. */
@Injectable()
export class OutdatedCache implements OnApplicationBootstrap {
  readonly #cache: Cache;
  readonly #apiCache: ApiCache;

  constructor(@InjectCache() cache: Cache, @Inject(CACHE_MANAGER) apiCache: ApiCache) {
    this.#cache = cache;
    this.#apiCache = apiCache;
  }

  /** The database begins anew with every start of the showcase; what memcached kept belongs to the one before. */
  async onApplicationBootstrap(): Promise<void> {
    await this.forget();
  }

  /**
   * Each cache clears its own namespace, in one operation and without touching anything else on the servers; the
   * baskets stay.
   */
  async forget(): Promise<void> {
    await Promise.all([this.#cache.clear(), this.#apiCache.clear()]);
  }
}
