/**
 * The store that Keyv, cache-manager and Nest's CacheModule talk to. It knows Keyv's contract and nothing of bytes;
 * keyv itself is not imported, because two installed copies of it would not recognize each other's classes.
 */
import { isMemcacheError } from '@memkit/core';
import { isExpiredEnvelope, toExpiry } from './expiry-conversion.js';
import { resolveStoreOptions, type MemkitStoreOptions } from './memkit-store-options.js';
import { UnavailablePolicy } from './unavailable-policy.js';
import { VersionedNamespace, type Entry } from './versioned-namespace.js';

const DEFAULT_NAMESPACE = 'keyv';

/** What Keyv passes to `setMany`. */
export interface MemkitStoreEntry {
  readonly key: string;
  readonly value: unknown;
  /** Milliseconds from now; `undefined` is "no expiry of its own". */
  readonly ttl?: number | undefined;
}

/**
 * A Keyv storage adapter on memcache, for Keyv 5 and 6, cache-manager 6 and 7 and Nest's `CacheModule`.
 *
 * A miss is `undefined`. With `whenUnavailable: 'miss'`, the default, an outage is one too, and a value that is too
 * large resolves `set` to `false`; both are published on `memkit:cache-manager:trouble`. Every Keyv needs a store
 * object of its own; the stores may share one client.
 *
 * @example
 * const client = createMemcache();
 * const keyv = new Keyv({ store: new MemkitStore({ client, namespace: 'shop' }) });
 * await keyv.set('product:7', { name: 'Lamp' }, 60_000);
 */
export class MemkitStore {
  /** For Keyv's type only; the property does not exist, because Keyv 5 reads `opts.url` of a store that has it. */
  declare readonly opts: unknown;
  readonly #options: ReturnType<typeof resolveStoreOptions>;
  readonly #policy: UnavailablePolicy;
  #keyvNamespace: string | undefined;
  #items: VersionedNamespace;

  /**
   * @throws `MEMCACHE_INVALID_OPTION`; without `client`, also `MEMCACHE_NOT_CONFIGURED` in production when no
   * variable names a server
   */
  constructor(options: MemkitStoreOptions = {}) {
    this.#options = resolveStoreOptions(options);
    this.#policy = new UnavailablePolicy(this.#options.whenUnavailable);
    this.#items = this.#openNamespace();
  }

  /** The namespace of the Keyv around this store, which Keyv sets. It separates keys beside the option `namespace`. */
  get namespace(): string | undefined {
    return this.#keyvNamespace;
  }

  set namespace(namespace: string | undefined) {
    this.#keyvNamespace = namespace;
    this.#items = this.#openNamespace();
  }

  /** The stored text, or `undefined` when the key is absent. */
  async get<Value>(key: string): Promise<Value | undefined> {
    const found = await this.#read([key], 'get', key);
    // What was stored under the key is the caller's knowledge.
    return found.get(key) as Value | undefined;
  }

  /** The stored texts in the order of the keys, `undefined` for each that is absent. One round trip per server. */
  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const found = await this.#read(keys, 'getMany');
    return keys.map((key) => found.get(key) as Value | undefined);
  }

  /**
   * Whether the value was stored.
   * @param ttl milliseconds from now, Keyv's unit; without it the client's default. 0 or less removes the key.
   * @throws `MEMCACHE_INVALID_TTL`, `MEMCACHE_NOT_SERIALIZABLE`; with `whenUnavailable: 'throw'` any other code too
   */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const [isStored = false] = await this.#write([{ key, value, ttl }], 'set');
    return isStored;
  }

  /** As `set` for each entry, in one go; whether each was stored, in their order. */
  setMany(entries: readonly MemkitStoreEntry[]): Promise<boolean[]>;
  /** The same for Keyv 5, whose type promises nothing although it hands the result on. */
  setMany(entries: readonly MemkitStoreEntry[]): Promise<void>;
  async setMany(entries: readonly MemkitStoreEntry[]): Promise<unknown> {
    return this.#write(entries, 'setMany');
  }

  /** Whether the key is there and its time is not over, to the millisecond. */
  async has(key: string): Promise<boolean> {
    const found = await this.#read([key], 'has', key);
    return isAlive(found.get(key));
  }

  /** As `has` for each key, in their order. */
  async hasMany(keys: string[]): Promise<boolean[]> {
    const found = await this.#read(keys, 'hasMany');
    return keys.map((key) => isAlive(found.get(key)));
  }

  /** Whether the key was there. */
  async delete(key: string): Promise<boolean> {
    const [wasThere = false] = await this.#policy.answer(() => this.#items.delete([key]), [false], 'delete', key);
    return wasThere;
  }

  /** Whether every key was there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const werePresent = await this.#policy.answer(() => this.#items.delete(keys), [false], 'deleteMany');
    return werePresent.every(Boolean);
  }

  /**
   * Empties this namespace in one step, however many keys it holds; other namespaces and the rest of the server stay.
   * When memcached cannot be reached, this store makes up for it before its next read or write.
   */
  async clear(): Promise<void> {
    await this.#policy.answer(() => this.#items.clear(), undefined, 'clear');
  }

  /** Closes the client if the store created it; a client that was passed in stays open. */
  async disconnect(): Promise<void> {
    await this.#options.close();
  }

  /** Part of Keyv's contract. This store emits nothing: calls reject, and swallowed failures go to the channel. */
  on(): this {
    return this;
  }

  #read(keys: readonly string[], operation: string, key?: string): Promise<Map<string, unknown>> {
    const onPartial = this.#policy.reporter(operation, key);
    return this.#policy.answer(() => this.#items.read(keys, onPartial), new Map<string, unknown>(), operation, key);
  }

  async #write(entries: readonly MemkitStoreEntry[], operation: string): Promise<boolean[]> {
    const kept: (Entry & { readonly index: number })[] = [];
    const expired: string[] = [];
    for (const [index, { key, value, ttl }] of entries.entries()) {
      const expiry = toExpiry(ttl, key);
      if (expiry.kind === 'keep') kept.push({ index, key, value, ttl: expiry.ttl });
      else expired.push(key);
    }
    // A value whose time is over before it is stored counts as stored: what it replaces has to go.
    const results = entries.map(() => true);
    if (expired.length > 0) await this.#policy.answer(() => this.#items.delete(expired), [], operation);
    if (kept.length === 0) return results;
    const outcomes = await this.#policy.answer(() => this.#items.write(kept), [], operation, onlyKey(kept));
    for (const [position, { index, key }] of kept.entries()) {
      const outcome = outcomes[position];
      results[index] = outcome?.status === 'fulfilled' && outcome.value;
      if (outcome?.status === 'rejected') await this.#reportUnstored(outcome.reason, operation, key);
    }
    return results;
  }

  async #reportUnstored(error: unknown, operation: string, key: string): Promise<void> {
    // The older value would otherwise be served as if the newer one had never been set.
    if (isMemcacheError(error) && error.code === 'MEMCACHE_ITEM_TOO_LARGE') await this.delete(key);
    this.#policy.report(error, operation, key);
  }

  #openNamespace(): VersionedNamespace {
    const { client, namespace } = this.#options;
    const names = [...new Set([namespace, this.#keyvNamespace])].filter((name) => name !== undefined && name !== '');
    return new VersionedNamespace(client, names.length === 0 ? DEFAULT_NAMESPACE : names.join('/'));
  }
}

function onlyKey(entries: readonly Entry[]): string | undefined {
  return entries.length === 1 ? entries[0]?.key : undefined;
}

function isAlive(stored: unknown): boolean {
  return stored !== undefined && !isExpiredEnvelope(stored, Date.now());
}
