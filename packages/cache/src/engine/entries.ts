/** Reads and writes entries together with the version tokens they depend on. Knows nothing about loaders. */
import {
  MemcacheError,
  isMemcacheError,
  type CacheClient,
  type MemcacheErrorCode,
  type PartialFailureError,
} from '@memkit/core';
import type { KeySpace } from '../keys/key-space.js';
import { addMissingTokens, areCurrent, completeVersions, type KnownVersions, type Versions } from '../keys/versions.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { publishTrouble } from '../telemetry/channels.js';
import { decodeEntry, encodeEntry, type Entry } from './entry-envelope.js';

/** What one look at memcache showed. */
export interface Look {
  /** Key -> entry, for those whose tokens are current; fresh or not. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly versions: Versions;
  /** Token of the last tag invalidation; `undefined` when there is none or it was not asked for. */
  readonly anyTag: string | undefined;
  /** Key -> token of whoever holds its lease; only when asked for. */
  readonly leases: ReadonlyMap<string, unknown>;
}

export interface LookOptions {
  /** Tags whose tokens are read in the same round trip. */
  readonly tags?: readonly string[];
  readonly withAnyTag?: boolean;
  readonly withLeases?: boolean;
}

export class Entries {
  readonly #client: CacheClient;
  readonly #keys: KeySpace;

  constructor(client: CacheClient, keys: KeySpace) {
    this.#client = client;
    this.#keys = keys;
  }

  /**
   * One multi-get for entries, the namespace's token and the tokens of `tags`; a second one only when an entry
   * carries tags that were not among them.
   */
  async look(keys: readonly string[], options: LookOptions = {}): Promise<Look> {
    const { tags = [], withAnyTag = false, withLeases = false } = options;
    const names = this.#keys;
    const found = await this.#read([
      names.all,
      ...tags.map((tag) => names.tag(tag)),
      ...(withAnyTag ? [names.anyTag] : []),
      ...keys.map((key) => names.entry(key)),
      ...(withLeases ? keys.map((key) => names.lease(key)) : []),
    ]);
    const decoded = this.#decode(keys, found);
    const tokens = new Map(tags.map((tag) => [tag, tokenOf(found.get(names.tag(tag)))]));
    await this.#readOtherTags(decoded, tokens);
    const versions: Versions = { all: tokenOf(found.get(names.all)), tags: tokens };
    return {
      entries: new Map([...decoded].filter(([, entry]) => areCurrent(entry, versions))),
      versions,
      anyTag: tokenOf(found.get(names.anyTag)),
      leases: withLeases ? this.#leases(keys, found) : new Map(),
    };
  }

  /** Makes the tokens that were missing in `found`, for a look in the same tick to read. */
  makeMissing(found: Versions, tags: readonly string[]): Promise<void> {
    return addMissingTokens(this.#client, this.#keys, found, tags);
  }

  /** The tokens of `found`; those that were missing are made. */
  complete(found: Versions, tags: readonly string[]): Promise<KnownVersions> {
    return completeVersions(this.#client, this.#keys, found, tags);
  }

  /**
   * @param keptMs how long memcached keeps it: ttl and the time it may be served stale
   * @throws `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE` and what the client throws on an outage
   */
  async write(key: string, entry: Entry, keptMs: number): Promise<void> {
    await this.#client.set(this.#keys.entry(key), encodeEntry(entry, key), { ttl: lastingAtLeast(keptMs) });
  }

  async remove(key: string): Promise<void> {
    await this.#client.delete(this.#keys.entry(key));
  }

  #decode(keys: readonly string[], found: ReadonlyMap<string, unknown>): Map<string, Entry> {
    const decoded = new Map<string, Entry>();
    for (const key of keys) {
      const stored = found.get(this.#keys.entry(key));
      if (stored === undefined) continue;
      const entry = decodeEntry(stored);
      if (entry) decoded.set(key, entry);
      else publishTrouble('read', key, foreignValue(key));
    }
    return decoded;
  }

  async #readOtherTags(entries: ReadonlyMap<string, Entry>, tokens: Map<string, string | undefined>): Promise<void> {
    const others = new Set<string>();
    for (const entry of entries.values()) {
      for (const tag of entry.tags.keys()) if (!tokens.has(tag)) others.add(tag);
    }
    if (others.size === 0) return;
    const found = await this.#read([...others].map((tag) => this.#keys.tag(tag)));
    for (const tag of others) tokens.set(tag, tokenOf(found.get(this.#keys.tag(tag))));
  }

  #leases(keys: readonly string[], found: ReadonlyMap<string, unknown>): Map<string, unknown> {
    const leases = new Map<string, unknown>();
    for (const key of keys) {
      const token = found.get(this.#keys.lease(key));
      if (token !== undefined) leases.set(key, token);
    }
    return leases;
  }

  /** A multi-get for which an unreadable value is a miss: it would otherwise block its key until somebody deletes it. */
  async #read(names: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    try {
      return await this.#client.getMany(names);
    } catch (error) {
      if (!isMemcacheError(error)) throw error;
      if (error.code === CORRUPT) {
        publishTrouble('read', error.key, error);
        return new Map();
      }
      if (!isPartialFailure(error)) throw error;
      for (const failure of error.failures.values()) if (failure.code !== CORRUPT) throw error;
      for (const [key, failure] of error.failures) publishTrouble('read', key, failure);
      return error.values;
    }
  }
}

const CORRUPT: MemcacheErrorCode = 'MEMCACHE_VALUE_CORRUPT';

function isPartialFailure(error: MemcacheError): error is PartialFailureError {
  return error.code === 'MEMCACHE_PARTIAL_FAILURE';
}

function tokenOf(stored: unknown): string | undefined {
  return typeof stored === 'string' ? stored : undefined;
}

function foreignValue(key: string): MemcacheError {
  return new MemcacheError('VALUE_CORRUPT', {
    action: 'Cannot use what is stored under',
    key,
    detail: 'it is not an entry of this cache',
    hint: 'It counts as a miss and is overwritten; give the cache a namespace of its own.',
  });
}
