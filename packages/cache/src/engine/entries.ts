/** Reads and writes entries together with the version tokens they depend on. Knows nothing about loaders. */
import {
  MemcacheError,
  isMemcacheError,
  type CacheClient,
  type FreshCasItem,
  type MemcacheErrorCode,
} from '@memkit/core';
import type { KeySpace } from '../keys/key-space.js';
import { addMissingTokens, areCurrent, completeVersions, type KnownVersions, type Versions } from '../keys/versions.js';
import { tokenOfItem, type ItemToken } from '../near/item-token.js';
import type { NearCache, NearCopy } from '../near/near-cache.js';
import type { ReadTicket } from '../near/reads-under-way.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import type { TickReads } from '../scope/tick-reads.js';
import { publishTrouble } from '../telemetry/channels.js';
import { decodeEntry, encodeEntry, isMark, type Entry } from './entry-envelope.js';
import type { Surroundings } from './surroundings.js';

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

/** What entries are read and written through. */
export interface EntryAccess {
  readonly client: CacheClient;
  readonly near: NearCache | undefined;
  readonly tickReads: TickReads;
  readonly surroundings: Surroundings;
}

/** An entry as it was found. */
interface Found {
  readonly entry: Entry;
  /** `undefined`: not known. */
  readonly itemToken: ItemToken | undefined;
  /** The copy that is still true. */
  readonly copy: NearCopy | undefined;
}

type Tokens = Map<string, string | undefined>;

export class Entries {
  readonly #access: EntryAccess;
  readonly #keys: KeySpace;

  constructor(access: EntryAccess, keys: KeySpace) {
    this.#access = access;
    this.#keys = keys;
  }

  /** The fresh entry that a copy in this process may answer for without asking memcached. */
  near(key: string): Entry | undefined {
    const { near, surroundings } = this.#access;
    if (near === undefined) return undefined;
    const now = surroundings.now();
    const entry = near.trusted(this.#keys.entry(key), now);
    return entry && now < entry.freshUntil ? entry : undefined;
  }

  /** The entry as this process saw it last, for when memcached does not answer. It may be out of date. */
  lastKnown(key: string): Entry | undefined {
    return this.#access.near?.lastKnown(this.#keys.entry(key));
  }

  /**
   * One multi-get for entries, the namespace's token and the tokens of `tags`; a second one only when an entry
   * carries tags that were not among them. Memcached is asked in the same round trip whether the copies of this process
   * are still true, instead of for what they are copies of.
   */
  look(keys: readonly string[], options: LookOptions = {}): Promise<Look> {
    const { near } = this.#access;
    if (near === undefined || keys.length === 0) return this.#lookWith(keys, options, NO_TICKETS, NO_COPIES);
    return this.#lookNear(near, keys, options);
  }

  async #lookNear(near: NearCache, keys: readonly string[], options: LookOptions): Promise<Look> {
    const names = keys.map((key) => this.#keys.entry(key));
    const tickets = new Map(names.map((name) => [name, near.reads.begin(name)]));
    try {
      return await this.#lookWith(keys, options, tickets, this.#copiesOf(near, keys));
    } finally {
      for (const [name, ticket] of tickets) near.reads.end(name, ticket);
    }
  }

  /** Makes the tokens that were missing in `found`, for a look in the same tick to read. */
  makeMissing(found: Versions, tags: readonly string[]): Promise<void> {
    return addMissingTokens(this.#access.client, this.#keys, found, tags);
  }

  /** The tokens of `found`; those that were missing are made. */
  complete(found: Versions, tags: readonly string[]): Promise<KnownVersions> {
    return completeVersions(this.#access.client, this.#keys, found, tags);
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
      if (seen && askedAt !== undefined) near.keep(name, { isVoid }, seen, undefined, this.#tokensOf(seen), askedAt);
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

  async #lookWith(
    keys: readonly string[],
    { tags = [], withAnyTag = false, withLeases = false }: LookOptions,
    tickets: ReadonlyMap<string, ReadTicket>,
    copies: ReadonlyMap<string, NearCopy>,
  ): Promise<Look> {
    const names = this.#keys;
    const known = copies.size === 0 ? tags : withTagsOf(copies.values(), tags);
    const wanted = [names.all];
    for (const tag of known) wanted.push(names.tag(tag));
    if (withAnyTag) wanted.push(names.anyTag);
    for (const key of keys) if (!copies.has(key)) wanted.push(names.entry(key));
    if (withLeases) for (const key of keys) wanted.push(names.lease(key));
    // Without copies, as for most hits, there is nothing to wait for besides.
    const [read, confirmed] =
      copies.size === 0
        ? [await this.#read(wanted), []]
        : await Promise.all([
            this.#read(wanted),
            Promise.all(Array.from(copies, ([key, copy]) => this.#askAbout(key, copy))),
          ]);
    const found = this.#decode(keys, read);
    for (const item of confirmed) if (item) found.set(item.key, item.found);
    const tokens: Tokens = new Map();
    for (const tag of known) tokens.set(tag, tokenOf(read.get(names.tag(tag))));
    const others = tagsBeyond(tokens, found);
    if (others !== undefined) await this.#readTags(others, tokens);
    const versions: Versions = { all: tokenOf(read.get(names.all)), tags: tokens };
    return {
      entries: this.#current(keys, found, versions, tickets),
      versions,
      anyTag: tokenOf(read.get(names.anyTag)),
      leases: withLeases ? this.#leases(keys, read) : NO_LEASES,
    };
  }

  /** Copies to ask about instead of reading the entry. Without a conditional get in the client there are none. */
  #copiesOf(near: NearCache, keys: readonly string[]): ReadonlyMap<string, NearCopy> {
    const copies = new Map<string, NearCopy>();
    if (this.#access.client.getIfChanged === undefined) return copies;
    for (const key of keys) {
      const copy = near.copyOf(this.#keys.entry(key));
      if (copy) copies.set(key, copy);
    }
    return copies;
  }

  async #askAbout(key: string, copy: NearCopy): Promise<{ key: string; found: Found } | undefined> {
    const { itemToken } = copy;
    let item: FreshCasItem | 'unchanged' | undefined;
    try {
      item = await this.#access.client.getIfChanged?.(
        this.#keys.entry(key),
        itemToken?.cas ?? NO_CAS,
        itemToken && { connection: itemToken.connection },
      );
    } catch (error) {
      if (!isMemcacheError(error) || error.code !== CORRUPT) throw error;
      publishTrouble('read', key, error);
    }
    if (item === 'unchanged') return { key, found: { entry: copy.entry, itemToken, copy } };
    const entry = item && this.#decodeOne(key, item.value);
    return item && entry && { key, found: { entry, itemToken: tokenOfItem(item), copy: undefined } };
  }

  #decode(keys: readonly string[], read: ReadonlyMap<string, unknown>): Map<string, Found> {
    const decoded = new Map<string, Found>();
    for (const key of keys) {
      const entry = this.#decodeOne(key, read.get(this.#keys.entry(key)));
      if (entry) decoded.set(key, { entry, itemToken: undefined, copy: undefined });
    }
    return decoded;
  }

  #decodeOne(key: string, stored: unknown): Entry | undefined {
    if (stored === undefined || isMark(stored)) return undefined;
    const entry = decodeEntry(stored);
    if (!entry) publishTrouble('read', key, foreignValue(key));
    return entry;
  }

  /** The entries that count, which this process may keep copies of; copies of others go. */
  #current(
    keys: readonly string[],
    found: ReadonlyMap<string, Found>,
    versions: Versions,
    tickets: ReadonlyMap<string, ReadTicket>,
  ): ReadonlyMap<string, Entry> {
    const { near, surroundings } = this.#access;
    const entries = new Map<string, Entry>();
    for (const key of keys) {
      const name = this.#keys.entry(key);
      const seen = found.get(key);
      if (seen === undefined || !areCurrent(seen.entry, versions)) {
        near?.drop(name);
        continue;
      }
      const { entry, itemToken, copy } = seen;
      const ticket = tickets.get(name);
      if (near === undefined || ticket === undefined) entries.set(key, entry);
      else if (copy) entries.set(key, near.confirm(name, ticket, copy, surroundings.now()));
      else entries.set(key, near.keep(name, ticket, entry, itemToken, this.#tokensOf(entry), surroundings.now()));
    }
    return entries;
  }

  #tokensOf({ tags }: Entry): string[] {
    return [this.#keys.all, ...Array.from(tags.keys(), (tag) => this.#keys.tag(tag))];
  }

  async #readTags(tags: ReadonlySet<string>, tokens: Tokens): Promise<void> {
    const read = await this.#read(Array.from(tags, (tag) => this.#keys.tag(tag)));
    for (const tag of tags) tokens.set(tag, tokenOf(read.get(this.#keys.tag(tag))));
  }

  #leases(keys: readonly string[], read: ReadonlyMap<string, unknown>): Map<string, unknown> {
    const leases = new Map<string, unknown>();
    for (const key of keys) {
      const token = read.get(this.#keys.lease(key));
      if (token !== undefined) leases.set(key, token);
    }
    return leases;
  }

  #read(names: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    return this.#access.tickReads.read(names);
  }
}

const NO_TICKETS: ReadonlyMap<string, ReadTicket> = new Map();
const NO_COPIES: ReadonlyMap<string, NearCopy> = new Map();
const NO_LEASES: ReadonlyMap<string, unknown> = new Map();

/** Before any other time. */
const NEVER_ASKED = Number.NEGATIVE_INFINITY;

/** The token of no item. */
const NO_CAS = 0n;

const CORRUPT: MemcacheErrorCode = 'MEMCACHE_VALUE_CORRUPT';

function tokenOf(stored: unknown): string | undefined {
  return typeof stored === 'string' ? stored : undefined;
}

function withTagsOf(copies: Iterable<NearCopy>, tags: readonly string[]): ReadonlySet<string> {
  const known = new Set(tags);
  for (const { entry } of copies) for (const tag of entry.tags.keys()) known.add(tag);
  return known;
}

/** Tags of entries that were not read together with them; `undefined`: all were. */
function tagsBeyond(tokens: Tokens, found: ReadonlyMap<string, Found>): Set<string> | undefined {
  let others: Set<string> | undefined;
  for (const { entry } of found.values()) {
    for (const tag of entry.tags.keys()) if (!tokens.has(tag)) (others ??= new Set()).add(tag);
  }
  return others;
}

function foreignValue(key: string): MemcacheError {
  return new MemcacheError('VALUE_CORRUPT', {
    action: 'Cannot use what is stored under',
    key,
    detail: 'it is not an entry of this cache',
    hint: 'It counts as a miss and is overwritten; give the cache a namespace of its own.',
  });
}
