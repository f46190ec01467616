/**
 * One way into each library: `getOrLoad(key, loader)` with entries that are fresh for `ttlMs` and, where the library has
 * that, may be served stale for an hour. Everything else is left at its default.
 */

/**
 * @typedef {object} Setup
 * @property {string} [memcached] host:port
 * @property {number} [redis] port on 127.0.0.1
 * @property {number} ttlMs
 */

/** @typedef {{ needs?: 'memcached' | 'redis', label: string, open(setup: Setup): Promise<OpenCache> }} CacheAdapter */
/** @typedef {{ getOrLoad(key: string, loader: () => Promise<unknown>): Promise<unknown>, close(): Promise<unknown> }} OpenCache */

const HOUR_MS = 3_600_000;

async function openMemkit({ memcached, ttlMs }, more) {
  const [{ createMemcache }, { createCache }] = await Promise.all([import('@memkit/core'), import('@memkit/cache')]);
  const client = createMemcache({ servers: memcached, environment: {} });
  const ttl = { milliseconds: ttlMs };
  const cache = createCache({ client, namespace: 'bench', ttl, staleFor: { milliseconds: HOUR_MS }, ...more });
  return { getOrLoad: (key, loader) => cache.getOrLoad(key, loader), close: () => client.close() };
}

async function openBento({ redis, ttlMs }, layers) {
  const [{ BentoCache, bentostore }, { memoryDriver }, { redisDriver }] = await Promise.all([
    import('bentocache'),
    import('bentocache/drivers/memory'),
    import('bentocache/drivers/redis'),
  ]);
  const store = bentostore();
  if (layers.includes('memory')) store.useL1Layer(memoryDriver({ maxItems: 10_000 }));
  if (layers.includes('redis')) store.useL2Layer(redisDriver({ connection: { host: '127.0.0.1', port: redis } }));
  const cache = new BentoCache({ default: 'bench', grace: HOUR_MS, ttl: ttlMs, stores: { bench: store } });
  return {
    getOrLoad: (key, loader) => cache.getOrSet({ key, factory: loader }),
    close: () => cache.disconnectAll(),
  };
}

async function openCacheable({ redis, ttlMs }, hasRedis) {
  const { Cacheable } = await import('cacheable');
  const options = { ttl: ttlMs };
  if (hasRedis) {
    const { default: KeyvRedis } = await import('@keyv/redis');
    options.secondary = new KeyvRedis(`redis://127.0.0.1:${redis}`);
  }
  const cache = new Cacheable(options);
  cache.on('error', () => undefined);
  return { getOrLoad: (key, loader) => cache.getOrSet(key, loader), close: () => cache.disconnect() };
}

async function openCacheManager({ redis, ttlMs }, hasRedis) {
  const { createCache } = await import('cache-manager');
  const options = { ttl: ttlMs };
  if (hasRedis) {
    const [{ Keyv }, { default: KeyvRedis }] = await Promise.all([import('keyv'), import('@keyv/redis')]);
    const store = new Keyv(new KeyvRedis(`redis://127.0.0.1:${redis}`));
    store.on('error', () => undefined);
    options.stores = [store];
  }
  const cache = createCache(options);
  return { getOrLoad: (key, loader) => cache.wrap(key, loader), close: () => cache.disconnect() };
}

async function openDedupe({ redis, ttlMs }, hasRedis) {
  const { createCache } = await import('async-cache-dedupe');
  let client;
  if (hasRedis) {
    const { Redis } = await import('ioredis');
    client = new Redis(redis, '127.0.0.1');
    client.on('error', () => undefined);
  }
  const storage = client ? { type: 'redis', options: { client } } : { type: 'memory', options: { size: 10_000 } };
  const cache = createCache({ ttl: Math.ceil(ttlMs / 1000), stale: HOUR_MS / 1000, storage });
  // It caches functions of arguments; the key is the argument.
  let loaderOf;
  cache.define('bench', (key) => loaderOf(key));
  return {
    getOrLoad(key, loader) {
      loaderOf = loader;
      return cache.bench(key);
    },
    close: () => client?.quit(),
  };
}

/** @type {Readonly<Record<string, CacheAdapter>>} */
export const cacheAdapters = {
  memkit: { label: 'memkit, memcached', needs: 'memcached', open: (setup) => openMemkit(setup, {}) },
  'memkit-near': {
    label: 'memkit, near + memcached',
    needs: 'memcached',
    open: (setup) => openMemkit(setup, { near: { ttl: '10s' } }),
  },
  'bento-memory': { label: 'bentocache, memory', open: (setup) => openBento(setup, ['memory']) },
  'bento-redis': { label: 'bentocache, Redis', needs: 'redis', open: (setup) => openBento(setup, ['redis']) },
  'bento-both': {
    label: 'bentocache, memory + Redis',
    needs: 'redis',
    open: (setup) => openBento(setup, ['memory', 'redis']),
  },
  'cacheable-memory': { label: 'cacheable, memory', open: (setup) => openCacheable(setup, false) },
  'cacheable-both': {
    label: 'cacheable, memory + Redis',
    needs: 'redis',
    open: (setup) => openCacheable(setup, true),
  },
  'manager-memory': { label: 'cache-manager, memory', open: (setup) => openCacheManager(setup, false) },
  'manager-redis': { label: 'cache-manager, Redis', needs: 'redis', open: (setup) => openCacheManager(setup, true) },
  'dedupe-memory': { label: 'async-cache-dedupe, memory', open: (setup) => openDedupe(setup, false) },
  'dedupe-redis': { label: 'async-cache-dedupe, Redis', needs: 'redis', open: (setup) => openDedupe(setup, true) },
};
