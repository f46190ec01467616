import * as core from '@memkit/core';
import type { CacheClient, MemcacheOptions } from '@memkit/core';

interface OwnClient extends CacheClient {
  close(): Promise<void>;
}

/** The client of a cache that was not given one. */
export function createOwnClient(options?: MemcacheOptions): OwnClient {
  const { createMemcache } = core as unknown as { createMemcache(options?: MemcacheOptions): OwnClient };
  return createMemcache(options);
}
