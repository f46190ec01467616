import type { Memcache } from '@memkit/core';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { MemkitHealthIndicator } from './health/memkit.health.js';
import { MEMKIT_CACHE, MEMKIT_MEMCACHE } from './memkit.constants.js';
import { MemkitModuleBase, type OPTIONS_TYPE } from './memkit.module-definition.js';
import { memkitProviders } from './memkit.providers.js';
import { DecoratedMethodExplorer } from './weaving/decorated-method.explorer.js';

/**
 * One memcache connection for the application: injectable as client and as cache, used by the caching decorators on
 * every provider and controller, and closed after the last request.
 * @example
 * \@Module({ imports: [MemkitModule.forRoot({ memcache: { servers: 'cache-1:11211' }, cache: { ttl: '10m' } })] })
 * class AppModule {}
 */
@Module({
  providers: [...memkitProviders, MemkitHealthIndicator, DecoratedMethodExplorer],
  exports: [MEMKIT_MEMCACHE, MEMKIT_CACHE, MemkitHealthIndicator],
})
export class MemkitModule extends MemkitModuleBase implements OnModuleInit, OnApplicationShutdown {
  readonly #memcache: Memcache;
  readonly #explorer: DecoratedMethodExplorer;

  constructor(
    @Inject(MEMKIT_MEMCACHE) memcache: Memcache,
    @Inject(DecoratedMethodExplorer) explorer: DecoratedMethodExplorer,
  ) {
    super();
    this.#memcache = memcache;
    this.#explorer = explorer;
  }

  /**
   * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`, `MEMCACHE_NOT_CONFIGURED` when the application starts
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  onModuleInit(): void {
    this.#explorer.bindAll();
  }

  /** After the HTTP server has closed: requests under way still have their cache. */
  async onApplicationShutdown(): Promise<void> {
    await this.#memcache.close();
  }
}
