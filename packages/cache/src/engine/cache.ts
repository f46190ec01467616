/** The cache people hold: options in, engine calls out. */
import { isMemcacheError, type CacheClient } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { KeySpace } from '../keys/key-space.js';
import { memoizeWith } from '../operations/memoize-with.js';
import { swallowOrThrow } from '../policies/unavailable-policy.js';
import type { CacheOptions, CacheRead, Loader, LoadOptions } from './cache-options.js';
import type { Cache, MemoizeOptions, Memoized } from './cache-surface.js';
import type { Engine } from './engine.js';
import { Entries } from './entries.js';
import { load } from './load.js';
import { loadMany, type LoadMissing } from './load-many.js';
import { isFresh } from '../policies/stale-policy.js';
import { POLICY_OPTIONS, resolveDefaults, resolveLoad, type Defaults, type LoadSettings } from './settings.js';
import { removeEntries, renewNamespace, renewTags, storeValue } from './write.js';

/** What the caches made from one with `with()` have in common. */
export type Shared = Omit<Engine, 'keys' | 'entries'>;

const DEFAULT_NAMES = ['namespace', ...POLICY_OPTIONS];

export class ReadThroughCache implements Cache {
  readonly #shared: Shared;
  readonly #defaults: Defaults;
  readonly #engine: Engine;
  readonly #close: () => Promise<void>;

  constructor(shared: Shared, namespace: string, defaults: Defaults, close: () => Promise<void>) {
    const keys = new KeySpace(namespace);
    this.#shared = shared;
    this.#defaults = defaults;
    this.#engine = { ...shared, keys, entries: new Entries(shared.client, keys) };
    this.#close = close;
  }

  get client(): CacheClient {
    return this.#shared.client;
  }

  get namespace(): string {
    return this.#engine.keys.namespace;
  }

  get disabled(): boolean {
    return this.#shared.disabled;
  }

  async getOrLoad<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<Value> {
    return (await this.#read(key, loader, resolveLoad(options, this.#defaults, 'getOrLoad()'))).value;
  }

  async read<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<CacheRead<Value>> {
    return await this.#read(key, loader, resolveLoad(options, this.#defaults, 'read()'));
  }

  async getOrLoadMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: LoadMissing<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(Value | undefined)[]> {
    const settings = resolveLoad(options, this.#defaults, 'getOrLoadMany()');
    const reads = await loadMany(this.#engine, ids, keyOf, loadMissing, settings);
    return reads.map((read) => read?.value);
  }

  async readMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: LoadMissing<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(CacheRead<Value> | undefined)[]> {
    const settings = resolveLoad(options, this.#defaults, 'readMany()');
    return await loadMany(this.#engine, ids, keyOf, loadMissing, settings);
  }

  async get(key: string): Promise<unknown> {
    const { entries, surroundings } = this.#engine;
    try {
      const entry = (await entries.look([key])).entries.get(key);
      return entry && isFresh(entry, surroundings.now()) ? entry.value : undefined;
    } catch (error) {
      this.#swallow(error, 'read', key);
      return undefined;
    }
  }

  async set<Value>(key: string, value: Value, options?: LoadOptions<Value>): Promise<void> {
    const settings = resolveLoad(options, this.#defaults, 'set()');
    if (this.#shared.disabled) return;
    try {
      await storeValue(this.#engine, key, value, settings);
    } catch (error) {
      this.#swallow(error, 'store', key, settings.whenUnavailable);
    }
  }

  async invalidate(...keys: readonly string[]): Promise<void> {
    await this.#write(() => removeEntries(this.#engine, keys), keys[0]);
  }

  async invalidateTags(...tags: readonly string[]): Promise<void> {
    await this.#write(() => renewTags(this.#engine, tags));
  }

  async clear(): Promise<void> {
    await this.#write(() => renewNamespace(this.#engine));
  }

  memoize<Args extends readonly unknown[], Value>(
    fn: (...args: Args) => Promise<Value> | Value,
    options?: MemoizeOptions<Args, Value>,
  ): Memoized<Args, Value> {
    return memoizeWith(() => this, fn, options);
  }

  with(defaults: Omit<CacheOptions, 'client' | 'memcache' | 'disabled'>): Cache {
    assertKnownOptions(defaults, DEFAULT_NAMES, 'with()');
    const resolved = resolveDefaults(defaults, this.#defaults);
    const nothingToClose = (): Promise<void> => Promise.resolve();
    return new ReadThroughCache(this.#shared, defaults.namespace ?? this.namespace, resolved, nothingToClose);
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async #read<Value>(key: string, loader: Loader<Value>, settings: LoadSettings<Value>): Promise<CacheRead<Value>> {
    return await load(this.#engine, key, loader, settings);
  }

  async #write(work: () => Promise<void>, key?: string): Promise<void> {
    if (this.#shared.disabled) return;
    try {
      await work();
    } catch (error) {
      this.#swallow(error, 'invalidate', key);
    }
  }

  /** Outages follow the policy; a mistake of the caller is always thrown. */
  #swallow(error: unknown, operation: string, key?: string, policy = this.#defaults.whenUnavailable): void {
    const isMistake = isMemcacheError(error) && CALLER_MISTAKES.has(error.code);
    swallowOrThrow(error, isMistake ? 'throw' : policy, operation, key);
  }
}

const CALLER_MISTAKES: ReadonlySet<string> = new Set([
  'MEMCACHE_INVALID_KEY',
  'MEMCACHE_INVALID_OPTION',
  'MEMCACHE_INVALID_TTL',
  'MEMCACHE_ITEM_TOO_LARGE',
  'MEMCACHE_NOT_SERIALIZABLE',
]);
