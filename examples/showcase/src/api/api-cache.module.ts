import { createKeyv } from '@memkit/cache-manager';
import type { Memcache } from '@memkit/core';
import { MEMKIT_MEMCACHE } from '@memkit/nestjs';
import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';

/** Nest's CacheModule on the connection that MemkitModule opened: one client for the whole application. */
const nestCache = CacheModule.registerAsync({
  inject: [MEMKIT_MEMCACHE],
  useFactory: (client: Memcache) => ({ stores: [createKeyv({ client, namespace: 'atlas-api', ttl: '5m' })] }),
});

@Module({ imports: [nestCache], exports: [nestCache] })
export class ApiCacheModule {}
