/**
 * The clients under test. Each is imported only in the cell that measures it.
 *
 * @typedef {object} Cell what a client is opened for
 * @property {readonly string[]} servers `host:port` of each
 * @property {{ readonly username: string, readonly password: string }} [credentials]
 *
 * @typedef {object} OpenClient
 * @property {'bytes' | 'text'} values what it gives back as it was stored
 * @property {boolean} [callsBack] `get`, `set` and `getMany` take a callback as last parameter instead of returning a promise
 * @property {(key: string, done?: Function) => unknown} get
 * @property {(key: string, value: Buffer | string, done?: Function) => unknown} set
 * @property {(keys: readonly string[], done?: Function) => unknown} getMany
 * @property {(result: any) => Buffer | string | undefined | null} valueOf the value in what `get` brought
 * @property {(result: any, keys: readonly string[], at: number) => Buffer | string | undefined | null} valueAt the same of `getMany`
 *
 * @typedef {object} Adapter
 * @property {string} packageName
 * @property {number} [leastNode] major version of Node it needs
 * @property {boolean} [hasNoLogin] it cannot log in with SASL
 * @property {() => Promise<{ open(cell: Cell): OpenClient | Promise<OpenClient> }>} load
 */

/** @type {Readonly<Record<string, Adapter>>} */
export const adapters = {
  memkit: { packageName: '@memkit/core', load: () => import('./memkit.mjs') },
  memjs: { packageName: 'memjs', load: () => import('./memjs.mjs') },
  memcached: { packageName: 'memcached', hasNoLogin: true, load: () => import('./memcached.mjs') },
  'memcache-client': { packageName: 'memcache-client', hasNoLogin: true, load: () => import('./memcache-client.mjs') },
  memcache: { packageName: 'memcache', leastNode: 22, load: () => import('./memcache.mjs') },
  'keyv-memcache': { packageName: '@keyv/memcache', load: () => import('./keyv-memcache.mjs') },
};

/**
 * The ceiling: prebuilt requests out, reply bytes counted, nothing understood. `reusesBuffer`: all reads go into one
 * buffer, through the option onread of net.connect.
 * @type {Readonly<Record<string, { readonly protocol: 'meta' | 'text' | 'binary', readonly reusesBuffer: boolean }>>}
 */
export const rawAdapters = {
  'raw-meta': { protocol: 'meta', reusesBuffer: false },
  'raw-meta-onread': { protocol: 'meta', reusesBuffer: true },
  'raw-binary': { protocol: 'binary', reusesBuffer: false },
  'raw-text': { protocol: 'text', reusesBuffer: false },
};
