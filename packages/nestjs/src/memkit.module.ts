import { Module } from '@nestjs/common';
import { MemkitHealthIndicator } from './health/memkit.health.js';
import { MEMKIT_CACHE, MEMKIT_MEMCACHE } from './memkit.constants.js';
import { MemkitModuleBase } from './memkit.module-definition.js';
import { memkitProviders } from './memkit.providers.js';

@Module({
  providers: [...memkitProviders, MemkitHealthIndicator],
  exports: [MEMKIT_MEMCACHE, MEMKIT_CACHE, MemkitHealthIndicator],
})
export class MemkitModule extends MemkitModuleBase {}
