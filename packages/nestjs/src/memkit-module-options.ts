import type { CacheOptions } from '@memkit/cache';
import type { MemcacheOptions } from '@memkit/core';

/** Options of `MemkitModule.forRoot()`. An unknown option is an error that names the nearest known one. */
export interface MemkitModuleOptions {
  /** The one connection. Default: found in the environment; outside production without any, the embedded server. */
  readonly memcache?: MemcacheOptions;
  /** Defaults of the cache that the decorators and `@InjectCache()` use. It always runs over the module's client. */
  readonly cache?: Omit<CacheOptions, 'client' | 'memcache'>;
}

/** Options that must be known before the others are: they stand beside `useFactory` in `forRootAsync`. */
export interface MemkitModuleExtras {
  /** Whether other modules may inject without importing `MemkitModule`. Default `true`. */
  readonly isGlobal?: boolean;
}

/** What a class given as `useClass` or `useExisting` to `MemkitModule.forRootAsync()` implements. */
export interface MemkitOptionsFactory {
  createMemkitOptions(): MemkitModuleOptions | Promise<MemkitModuleOptions>;
}
