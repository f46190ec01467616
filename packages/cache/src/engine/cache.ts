/** The cache people hold: options in, engine calls out. */
import { isMemcacheError, parseTtl, type CacheClient, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { KeySpace } from '../keys/key-space.js';
import { fillTemplate, type FilledKey, type KeyParameters } from '../keys/key-template.js';
import { memoizeWith } from '../operations/memoize-with.js';
import { swallowOrThrow } from '../policies/unavailable-policy.js';
import { runInScope } from '../scope/request-scope.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { WithOptions, CacheRead, Loader, LoadOptions, WhenUnavailable } from './cache-options.js';
import type { Cache, MemoizeOptions, Memoized } from './cache-surface.js';
import type { Engine } from './engine.js';
import type { EntryAccess } from './entry-access.js';
import { EntryReader } from './entry-reader.js';
import { EntryWriter } from './entry-writer.js';
import { findKnown, memoOf, readKnownOr } from './known-reads.js';
import { load } from './load.js';
import { loadMany, type LoadMissing } from './load-many.js';
import { readOfEntry } from './load-task.js';
import { isFresh } from '../policies/stale-policy.js';
import { POLICY_OPTIONS, resolveDefaults, resolveLoad, type Defaults, type LoadSettings } from './settings.js';
import { touchEntry } from './touch.js';
import { removeEntries, renewNamespace, renewTags, storeValue } from './write.js';

/** What the caches made from one with `with()` have in common. */
export type Shared = Omit<Engine, 'keys' | 'reader' | 'writer'> & EntryAccess;

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
    this.#engine = { ...shared, keys, reader: new EntryReader(shared, keys), writer: new EntryWriter(shared, keys) };
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
    const { reader, keys, surroundings } = this.#engine;
    const memo = memoOf(this.#engine);
    const known = findKnown(this.#engine, memo, key, resolveLoad(undefined, this.#defaults, 'get()'));
    if (known) return (await known).value;
    try {
      const entry = (await reader.look([key])).entries.get(key);
      if (!entry || !isFresh(entry, surroundings.now())) return undefined;
      memo?.keep(keys.entry(key), Promise.resolve(readOfEntry(entry, 'hit')));
      return entry.value;
    } catch (error) {
      this.#swallow(error, 'read', key, this.#defaults.whenUnavailable);
      return undefined;
    }
  }

  async set<Value>(key: string, value: Value, options?: LoadOptions<Value>): Promise<void> {
    const settings = resolveLoad(options, this.#defaults, 'set()');
    await this.#change('store', [key], settings.whenUnavailable, () => storeValue(this.#engine, key, value, settings));
  }

  async touch(key: string, ttl?: Ttl): Promise<boolean> {
    const ttlMs = ttl === undefined ? this.#defaults.ttlMs : parseTtl(ttl);
    let wasThere = false;
    await this.#change('touch', [key], this.#defaults.whenUnavailable, async () => {
      wasThere = await touchEntry(this.#engine, key, ttlMs, this.#defaults);
    });
    return wasThere;
  }

  async delete(key: string): Promise<void> {
    await this.invalidate(key);
  }

  async invalidate(...keys: readonly string[]): Promise<void> {
    await this.#write(() => removeEntries(this.#engine, keys), keys);
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

  /** The cache itself: `TypedCache` is a view of it. */
  get untyped(): Cache {
    return this;
  }

  key<Template extends string>(template: Template, parameters: KeyParameters<Template>): FilledKey<Template> {
    return fillTemplate(template, parameters);
  }

  with(defaults: WithOptions): Cache {
    assertKnownOptions(defaults, DEFAULT_NAMES, 'with()');
    const resolved = resolveDefaults(defaults, this.#defaults);
    const nothingToClose = (): Promise<void> => Promise.resolve();
    return new ReadThroughCache(this.#shared, defaults.namespace ?? this.namespace, resolved, nothingToClose);
  }

  scope<Result>(work: () => Result): Result {
    return runInScope(work);
  }

  counters(): CacheCounters {
    return this.#shared.counters.snapshot();
  }

  async close(): Promise<void> {
    await this.#close();
  }

  #read<Value>(
    key: string,
    loader: Loader<Value>,
    settings: LoadSettings<Value>,
  ): Promise<CacheRead<Value>> | CacheRead<Value> {
    const read = readKnownOr(this.#engine, key, settings, () => load(this.#engine, key, loader, settings));
    // A cached value has no type of its own: the caller's loader says what it is.
    return read as Promise<CacheRead<Value>> | CacheRead<Value>;
  }

  /** @param keys those that change; `undefined`: any */
  async #write(work: () => Promise<void>, keys?: readonly string[]): Promise<void> {
    await this.#change('invalidate', keys, this.#defaults.whenUnavailable, work);
  }

  async #change(
    operation: string,
    keys: readonly string[] | undefined,
    policy: WhenUnavailable,
    work: () => Promise<void>,
  ): Promise<void> {
    if (this.#shared.disabled) return;
    this.#forgetReads(keys);
    try {
      await work();
    } catch (error) {
      this.#swallow(error, operation, keys?.[0], policy);
    } finally {
      // What was read in between may be from before.
      this.#forgetReads(keys);
    }
  }

  /** The request that changes something sees the change. */
  #forgetReads(keys: readonly string[] | undefined): void {
    const memo = memoOf(this.#engine);
    if (memo === undefined) return;
    if (keys === undefined) memo.forgetAll();
    else for (const key of keys) memo.forget(this.#engine.keys.entry(key));
  }

  /** Outages follow the policy; a mistake of the caller is always thrown. */
  #swallow(error: unknown, operation: string, key: string | undefined, policy: WhenUnavailable): void {
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
