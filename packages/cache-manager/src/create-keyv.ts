/** The only file that needs keyv at run time. */
import { Keyv } from 'keyv';
import { parseTtl, type Ttl } from '@memkit/core';
import { assertClientOption } from '@memkit/core/internal';
import { MemkitStore } from './memkit-store.js';
import type { MemkitStoreOptions } from './memkit-store-options.js';

/** Options of `createKeyv()`. */
export interface CreateKeyvOptions extends MemkitStoreOptions {
  /** How long values live that are set without a ttl of their own. Default: the client's `ttl`. */
  readonly ttl?: Ttl;
}

/**
 * A Keyv on memcache, ready for `CacheModule.register({ stores: [createKeyv({ client })] })` and cache-manager.
 *
 * With `whenUnavailable: 'throw'` the Keyv rejects too: without its `throwOnErrors` it would turn a failed read into
 * a miss.
 * @throws as `new MemkitStore()`
 * @example
 * const keyv = createKeyv({ client: createMemcache(), namespace: 'shop', ttl: '10m' });
 */
export function createKeyv(options: CreateKeyvOptions = {}): Keyv {
  assertClientOption(options, 'createKeyv()');
  const { ttl, ...storeOptions } = options;
  const store = new MemkitStore(storeOptions);
  const ttlMs = ttl === undefined ? Number.POSITIVE_INFINITY : parseTtl(ttl, 'Cannot create a Keyv');
  return new Keyv({
    store,
    // The store separates namespaces itself, so the keys need no prefix on top.
    useKeyPrefix: false,
    throwOnErrors: options.whenUnavailable === 'throw',
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(Number.isFinite(ttlMs) ? { ttl: ttlMs } : {}),
  });
}
