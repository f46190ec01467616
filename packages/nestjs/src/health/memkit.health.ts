import type { Memcache } from '@memkit/core';
import { Inject, Injectable } from '@nestjs/common';
import { MEMKIT_MEMCACHE } from '../memkit.constants.js';

/** One indicator's answer, in the shape `@nestjs/terminus` expects. */
export type MemkitHealthResult<Key extends string = string> = Record<
  Key,
  { readonly status: 'up' | 'down'; readonly [detail: string]: unknown }
>;

/** Tells `@nestjs/terminus` whether memcached answers. */
@Injectable()
export class MemkitHealthIndicator {
  readonly #memcache: Memcache;

  constructor(@Inject(MEMKIT_MEMCACHE) memcache: Memcache) {
    this.#memcache = memcache;
  }

  async isHealthy<const Key extends string = 'memcache'>(
    key: Key = 'memcache' as Key,
  ): Promise<MemkitHealthResult<Key>> {
    await this.#memcache.version();
    return { [key]: { status: 'up' } } as MemkitHealthResult<Key>;
  }
}
