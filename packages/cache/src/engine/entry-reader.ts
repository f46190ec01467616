/**
 * Reads entries together with the version tokens they depend on: from memcached, or from copies in this process. Knows
 * nothing about loaders.
 */
import { MemcacheError, isMemcacheError, type FreshCasItem, type MemcacheErrorCode } from '@memkit/core';
import type { KeySpace } from '../keys/key-space.js';
import { areCurrent, type Versions } from '../keys/versions.js';
import { tokenOfItem, type ItemToken } from '../near/item-token.js';
import type { NearCache, NearCopy } from '../near/near-cache.js';
import type { ReadTicket } from '../near/reads-under-way.js';
import { publishTrouble } from '../telemetry/channels.js';
import type { EntryAccess } from './entry-access.js';
import { decodeEntry, isMark, type Entry } from './entry-envelope.js';

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

/** An entry as it was found. */
interface Found {
  readonly entry: Entry;
  /** `undefined`: not known. */
  readonly itemToken: ItemToken | undefined;
  /** The copy that is still true. */
  readonly copy: NearCopy | undefined;
}

type Tokens = Map<string, string | undefined>;

export class EntryReader {
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

  async #lookWith(
    keys: readonly string[],
    { tags = [], withAnyTag = false, withLeases = false }: LookOptions,
    tickets: ReadonlyMap<string, ReadTicket>,
    copies: ReadonlyMap<string, NearCopy>,
  ): Promise<Look> {
    const names = this.#keys;
    const known = copies.size === 0 ? tags : withTagsOf(copies.values(), tags);
    const wanted = names.tokens(known);
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
      else
        entries.set(
          key,
          near.keep(name, ticket, entry, itemToken, this.#keys.tokens(entry.tags.keys()), surroundings.now()),
        );
    }
    return entries;
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
