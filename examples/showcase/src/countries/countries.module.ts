import type { Cache } from '@memkit/cache';
import { InjectCache } from '@memkit/nestjs';
import { cachePage } from '@memkit/views';
import { Module, RequestMethod, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { ApiCacheModule } from '../api/api-cache.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { ALL_COUNTRIES } from './cache-tags.js';
import { CountriesController } from './countries.controller.js';
import { CountriesService } from './countries.service.js';
import { CountryCards } from './country-cards.js';
import { CountryMaps } from './country-maps.js';

@Module({
  imports: [ApiCacheModule, PagesModule],
  controllers: [CountriesController],
  providers: [CountriesService, CountryCards, CountryMaps],
  exports: [CountriesService],
})
export class CountriesModule implements NestModule {
  readonly #cache: Cache;

  constructor(@InjectCache() cache: Cache) {
    this.#cache = cache;
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(
        cachePage({
          cache: this.#cache,
          ttl: '5m',
          // Until it is drawn anew, the page of the last five minutes is better than waiting.
          staleFor: '1h',
          tags: [ALL_COUNTRIES],
          // The list looks the same for everybody: what belongs to one person (the basket's number, the strip) is put
          // in behind the page cache, see cache-strip/. Without that, leave this option away.
          cookies: 'ignore',
        }),
      )
      .forRoutes({ path: '/', method: RequestMethod.GET });
  }
}
