import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ApiCacheModule } from '../api/api-cache.module.js';
import { CacheAccess } from './cache-access.js';
import { OutdatedCache } from './outdated-cache.js';
import { CacheSwitchController } from './cache-switch.controller.js';

@Global()
@Module({
  imports: [ApiCacheModule],
  controllers: [CacheSwitchController],
  providers: [{ provide: CacheAccess, useFactory: () => CacheAccess.find(process.env) }, OutdatedCache],
  exports: [CacheAccess],
})
export class CacheSwitchModule implements OnApplicationShutdown {
  readonly #access: CacheAccess;

  constructor(@Inject(CacheAccess) access: CacheAccess) {
    this.#access = access;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#access.close();
  }
}
