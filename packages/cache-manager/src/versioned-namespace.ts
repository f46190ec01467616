/**
 * A part of memcache that can be emptied in one step. Every item's key carries the version of its namespace; `clear`
 * replaces the version, after which no old item is ever asked for again and memcached lets them go.
 *
 *   shop:version            -> "x1Y2…"          a random version, kept forever
 *   shop:x1Y2…:product/7    -> the value
 *
 * memcached may evict the version item. Then the namespace counts as cleared: a new version is always a new random
 * one, never the one remembered here, because a clear by another process may have been evicted with it.
 */
import { randomBytes } from 'node:crypto';
import {
  isMemcacheError,
  type CacheClient,
  type MemcacheError,
  type PartialFailureError,
  type Ttl,
} from '@memkit/core';
import { itemKey, versionKey } from './item-key.js';

export interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** `undefined`: the client's default. */
  readonly ttl: Ttl | undefined;
}

export class VersionedNamespace {
  readonly #client: CacheClient;
  readonly #name: string;
  readonly #versionKey: string;
  /** The version seen last. It saves a round trip, and every read and write confirms it. */
  #known: string | undefined;
  /** A clear that has not reached memcached yet; made up for at the next contact. */
  #clearIsDue = false;

  constructor(client: CacheClient, name: string) {
    this.#client = client;
    this.#name = name;
    this.#versionKey = versionKey(name);
  }

  /**
   * The values that are present, by key. One multi-get that carries the version along; a second one only when the
   * version is new to this process.
   * @param onPartial told when some servers did not answer; the values of the others are returned, unless it throws
   */
  async read(keys: readonly string[], onPartial: (error: MemcacheError) => void): Promise<Map<string, unknown>> {
    await this.#makeUpForClear();
    // Two rounds are enough: a version that changes again meanwhile means that everything was cleared again.
    for (let round = 0; round < 2; round += 1) {
      const version = this.#known;
      const itemKeys = version === undefined ? [] : keys.map((key) => itemKey(this.#name, version, key));
      const found = await this.#getMany([this.#versionKey, ...new Set(itemKeys)], onPartial);
      this.#known = asVersion(found.get(this.#versionKey));
      if (this.#known === undefined) return new Map();
      if (this.#known === version) return byKey(keys, itemKeys, found);
    }
    return new Map();
  }

  /** Stores; what the client says for each entry, in their order. */
  async write(entries: readonly Entry[]): Promise<PromiseSettledResult<boolean>[]> {
    const store = (version: string) =>
      Promise.allSettled(
        entries.map(({ key, value, ttl }) =>
          this.#client.set(itemKey(this.#name, version, key), value, ttl === undefined ? {} : { ttl }),
        ),
      );
    return (await this.#inCurrentVersion(store, () => this.#establishVersion())) ?? [];
  }

  /** Whether each key was there, in their order. */
  async delete(keys: readonly string[]): Promise<boolean[]> {
    const remove = (version: string) =>
      Promise.all(keys.map((key) => this.#client.delete(itemKey(this.#name, version, key))));
    const nothing = () => Promise.resolve(undefined);
    return (await this.#inCurrentVersion(remove, nothing)) ?? keys.map(() => false);
  }

  /** Makes every item unreachable, whatever their number. Resolves when memcached has the new version. */
  async clear(): Promise<void> {
    this.#clearIsDue = true;
    await this.#makeUpForClear();
  }

  /** Runs with the remembered version while memcached confirms it, and again only if it turns out to be old. */
  async #inCurrentVersion<T>(
    run: (version: string) => Promise<T>,
    whenMissing: () => Promise<string | undefined>,
  ): Promise<T | undefined> {
    await this.#makeUpForClear();
    const remembered = this.#known;
    const early = remembered === undefined ? undefined : run(remembered);
    const [present] = await Promise.all([this.#client.get(this.#versionKey), early]);
    const version = asVersion(present) ?? (await whenMissing());
    this.#known = version;
    if (version === undefined) return undefined;
    return early !== undefined && version === remembered ? early : run(version);
  }

  async #establishVersion(): Promise<string> {
    const version = newVersion();
    if (await this.#client.add(this.#versionKey, version, { ttl: 'forever' })) return version;
    const present = asVersion(await this.#client.get(this.#versionKey));
    if (present !== undefined) return present;
    // Not another process that was first, but something that is no version.
    await this.#client.set(this.#versionKey, version, { ttl: 'forever' });
    return version;
  }

  async #makeUpForClear(): Promise<void> {
    if (!this.#clearIsDue) return;
    const version = newVersion();
    await this.#client.set(this.#versionKey, version, { ttl: 'forever' });
    this.#clearIsDue = false;
    this.#known = version;
  }

  async #getMany(
    keys: readonly string[],
    onPartial: (error: MemcacheError) => void,
  ): Promise<ReadonlyMap<string, unknown>> {
    try {
      return await this.#client.getMany(keys);
    } catch (error) {
      if (!isPartialFailure(error)) throw error;
      onPartial(error);
      return error.values;
    }
  }
}

function newVersion(): string {
  return randomBytes(9).toString('base64url');
}

function asVersion(stored: unknown): string | undefined {
  return typeof stored === 'string' && /^[\w-]{12}$/.test(stored) ? stored : undefined;
}

function byKey(
  keys: readonly string[],
  itemKeys: readonly string[],
  found: ReadonlyMap<string, unknown>,
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [index, key] of keys.entries()) {
    const value = found.get(itemKeys[index] ?? '');
    if (value !== undefined) values.set(key, value);
  }
  return values;
}

// By code, so that errors of a second installed copy of the package count too.
function isPartialFailure(error: unknown): error is PartialFailureError {
  return isMemcacheError(error) && error.code === 'MEMCACHE_PARTIAL_FAILURE' && 'values' in error;
}
