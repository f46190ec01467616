/** Stores and removes entries, so that this process sees the change too. Knows nothing about loaders. */
import { isMemcacheError } from '@memkit/core';
import type { KeySpace } from '../keys/key-space.js';
import type { NearCache } from '../near/near-cache.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import type { EntryAccess } from './entry-access.js';
import { decodeEntry, encodeEntry, type Entry } from './entry-envelope.js';

export class EntryWriter {
  readonly #access: EntryAccess;
  readonly #keys: KeySpace;

  constructor(access: EntryAccess, keys: KeySpace) {
    this.#access = access;
    this.#keys = keys;
  }

  /**
   * @param keptMs how long memcached keeps it: ttl and the time it may be served stale
   * @param cas only over the item that has this token
   * @returns `false` when `cas` was given and the item is another one or gone
   * @throws `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE` and what the client throws on an outage
   */
  async write(key: string, entry: Entry, keptMs: number, cas?: bigint): Promise<boolean> {
    const { client } = this.#access;
    const text = encodeEntry(entry, key);
    const ttl = lastingAtLeast(keptMs);
    const options = cas === undefined ? { ttl } : { ttl, cas };
    return await this.storing(key, text, true, () => client.set(this.#keys.entry(key), text, options));
  }

  /**
   * Runs what stores an encoded entry, so that this process sees the new one from then on.
   * @param stored what `store` resolves to when it was stored
   */
  async storing<Outcome>(key: string, text: string, stored: Outcome, store: () => Promise<Outcome>): Promise<Outcome> {
    const { near, surroundings } = this.#access;
    if (near === undefined) return await store();
    const name = this.#keys.entry(key);
    near.forget(name);
    const ticket = near.reads.begin(name);
    const keep = (askedAt: number | undefined): void => {
      const { isVoid } = ticket;
      // What was read during the store may be from before.
      near.forget(name);
      // As another reader would get it: a Date is a string from now on.
      const seen = askedAt === undefined ? undefined : decodeEntry(text);
      if (seen && askedAt !== undefined)
        near.keep(name, { isVoid }, seen, undefined, this.#keys.tokens(seen.tags.keys()), askedAt);
    };
    try {
      const outcome = await store();
      keep(outcome === stored ? surroundings.now() : undefined);
      return outcome;
    } catch (error) {
      // Out of reach: it may serve as the last good value, and is not trusted before memcached was asked.
      keep(isMemcacheError(error) && !error.retryable ? undefined : NEVER_ASKED);
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    const name = this.#keys.entry(key);
    await this.#forgetting(
      (near) => {
        near.forget(name);
      },
      () => this.#access.client.delete(name),
    );
  }

  /** Copies of this process that depend on the tokens of `tags`, or of the namespace, are gone before and after `renew`. */
  async renewing(tags: readonly string[] | 'all', renew: () => Promise<void>): Promise<void> {
    const tokens = tags === 'all' ? [this.#keys.all] : tags.map((tag) => this.#keys.tag(tag));
    await this.#forgetting((near) => {
      for (const token of tokens) near.forgetDependents(token);
    }, renew);
  }

  /** Before, so that it takes effect at once; and after, because what was read in between may be from before. */
  async #forgetting(forget: (near: NearCache) => void, change: () => Promise<unknown>): Promise<void> {
    const { near } = this.#access;
    if (near) forget(near);
    try {
      await change();
    } finally {
      if (near) forget(near);
    }
  }
}

/** Before any other time. */
const NEVER_ASKED = Number.NEGATIVE_INFINITY;
