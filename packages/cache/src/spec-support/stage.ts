import { createMemcache, type Memcache } from '@memkit/core';
import type { CacheOptions } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { createCacheIn } from '../engine/create-cache.js';
import { DrivenSurroundings } from './driven-surroundings.js';
import { ObservedClient } from './observed-client.js';

/** A cache over a server of its own inside this process, with a driven clock. */
export interface Stage {
  readonly cache: Cache;
  readonly memcache: Memcache;
  readonly client: ObservedClient;
  readonly time: DrivenSurroundings;
  /** Another process, as far as the cache can tell: another cache on the same server. */
  otherProcess(options?: CacheOptions): Cache;
}

let stages = 0;

export function setStage(memcache: Memcache, options: CacheOptions = {}): Stage {
  stages += 1;
  const namespace = `stage-${String(stages)}`;
  const client = new ObservedClient(memcache);
  const time = new DrivenSurroundings();
  return {
    cache: createCacheIn(time, { client, namespace, ...options }),
    memcache,
    client,
    time,
    otherProcess: (others = options) => createCacheIn(time, { client: memcache, namespace, ...others }),
  };
}

/** Nothing is configured, so this is the embedded server. A busy machine must not look like an outage. */
export function embeddedMemcache(): Memcache {
  return createMemcache({ environment: {}, timeout: '30s' });
}
