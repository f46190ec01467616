/** Counters of a cache: plain decimal numbers in memcached, which other clients can read and count as well. */
import { MemcacheError, type CacheClient, type Ttl } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import { KeySpace } from '../keys/key-space.js';

export type Count = number | bigint;
type Direction = 'increment' | 'decrement';

/** All methods reject with what the client throws; of a disabled cache they do nothing. */
export class Counters {
  readonly #client: CacheClient;
  readonly #keys: KeySpace;
  readonly #disabled: boolean;

  constructor(client: CacheClient, namespace: string, disabled: boolean) {
    this.#client = client;
    this.#keys = new KeySpace(namespace);
    this.#disabled = disabled;
  }

  /** The count, or `undefined` when there is none. @throws `MEMCACHE_NOT_A_NUMBER` for what is no counter */
  async get(key: string): Promise<Count | undefined> {
    if (this.#disabled) return undefined;
    const stored = await this.#client.get(this.#keys.entry(key));
    if (stored === undefined) return undefined;
    const text = typeof stored === 'number' || typeof stored === 'bigint' ? String(stored) : stored;
    // memcached pads a number that became shorter with spaces.
    if (typeof text === 'string' && /^\s*\d{1,20}\s*$/.test(text)) return toCount(BigInt(text.trim()));
    throw new MemcacheError('NOT_A_NUMBER', {
      action: 'Cannot read the counter',
      key,
      hint: 'Something else is stored there: give counters a namespace of their own.',
    });
  }

  /** Stores the number unless there is one: what others counted meanwhile is kept. */
  async start(key: string, count: Count, ttl: Ttl): Promise<void> {
    if (this.#disabled) return;
    // As text: flags 0 and nothing but digits, which every client understands.
    await this.#client.add(this.#keys.entry(key), String(count), { ttl });
  }

  async set(key: string, count: Count, ttl: Ttl): Promise<void> {
    if (this.#disabled) return;
    await this.#client.set(this.#keys.entry(key), String(count), { ttl });
  }

  async remove(key: string): Promise<void> {
    if (!this.#disabled) await this.#client.delete(this.#keys.entry(key));
  }

  /** @param initial of a counter that is missing; `undefined`: it stays missing */
  async count(direction: Direction, key: string, by: Count, initial: Count | undefined, ttl: Ttl): Promise<void> {
    if (this.#disabled) return;
    const name = this.#keys.entry(key);
    for (let tries = 0; tries < TRIES; tries += 1) {
      if ((await this.#client[direction](name, by)) !== undefined || initial === undefined) return;
      // Somebody else may have been first: then there is a counter to count on.
      if (await this.#client.add(name, String(initial), { ttl })) return;
    }
  }
}

/** Each try more needs a counter to come and go within a round trip. */
const TRIES = 3;

const ofCaches = new WeakMap<Cache, Counters>();

export function countersOf(cache: Cache): Counters {
  let counters = ofCaches.get(cache);
  if (!counters) {
    counters = new Counters(cache.client, cache.namespace, cache.disabled);
    ofCaches.set(cache, counters);
  }
  return counters;
}

/** Whether memcached can count with it: a whole number from 0 to 18446744073709551615. */
export function isCount(value: unknown): value is Count {
  if (typeof value === 'bigint') return value >= 0n && value <= 0xffff_ffff_ffff_ffffn;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function toCount(count: bigint): Count {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : count;
}
