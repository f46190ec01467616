import { MemkitModule } from '@memkit/nestjs';
import { Module } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { BasketModule } from './basket/basket.module.js';
import { CacheAccess } from './cache-switch/cache-access.js';
import { CacheSwitchModule } from './cache-switch/cache-switch.module.js';
import { CountriesModule } from './countries/countries.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { FlagsController } from './maps/flags.controller.js';
import { PagesModule } from './pages/pages.module.js';

@Module({
  imports: [
    // One connection for every surface. In your application this is MemkitModule.forRoot(), and the servers come from
    // the environment; here they come through the gate that the "Stop the cache" button shuts.
    MemkitModule.forRootAsync({
      inject: [CacheAccess],
      useFactory: ({ memcacheOptions }: CacheAccess) => ({
        memcache: memcacheOptions,
        cache: { namespace: 'atlas', ttl: '10m' },
      }),
    }),
    DatabaseModule,
    CacheSwitchModule,
    PagesModule,
    CountriesModule,
    BasketModule,
    ApiModule,
    HealthModule,
  ],
  controllers: [FlagsController],
})
export class AppModule {}
