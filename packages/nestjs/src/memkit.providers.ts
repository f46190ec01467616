import { createCache, type Cache } from '@memkit/cache';
import { createMemcache, type Memcache } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { Provider } from '@nestjs/common';
import type { MemkitModuleOptions } from './memkit-module-options.js';
import { MEMKIT_CACHE, MEMKIT_MEMCACHE } from './memkit.constants.js';
import { MEMKIT_MODULE_OPTIONS } from './memkit.module-definition.js';

export const memkitProviders: Provider[] = [
  {
    provide: MEMKIT_MEMCACHE,
    inject: [MEMKIT_MODULE_OPTIONS],
    useFactory: (options: MemkitModuleOptions): Memcache => {
      assertKnownOptions(options, ['memcache', 'cache'], 'MemkitModule');
      return createMemcache(options.memcache);
    },
  },
  {
    provide: MEMKIT_CACHE,
    inject: [MEMKIT_MODULE_OPTIONS, MEMKIT_MEMCACHE],
    useFactory: ({ cache }: MemkitModuleOptions, client: Memcache): Cache => createCache({ ...cache, client }),
  },
];
