/**
 * Copies of entries in this process: found without a round trip for `ttl`, then asked about. It knows neither memcached
 * nor keys as people write them: names are those of memcached, and what a copy depends on are names of version tokens.
 *
 *   absent --keep--> trusted --ttl passes--> to be asked about --unchanged--> trusted
 *      ^                |                         |--another value--> trusted, replaced
 *      '---own write, invalidation, room needed---'--gone-----------> absent
 */
import { LRUCache } from 'lru-cache';
import type { Entry } from '../engine/entry-envelope.js';
import type { ItemToken } from './item-token.js';
import type { NearSettings } from './near-options.js';
import { ReadsUnderWay, type ReadTicket } from './reads-under-way.js';
import { copyValue } from './value-copy.js';
import { weighText, weighValue } from './value-weight.js';

/** An entry as it was when memcached was last asked. */
export interface NearCopy {
  readonly entry: Entry;
  /** To ask with; `undefined`: not known yet, so that the item has to come. */
  readonly itemToken: ItemToken | undefined;
  /** Unix milliseconds. */
  readonly askedAt: number;
  readonly bytes: number;
  /** Names of the tokens that it is true under. */
  readonly tokens: readonly string[];
}

/** What the books of one copy take beside its texts and its value: the LRU's and the index's fields. */
const BOOKKEEPING_BYTES = 400;

export class NearCache {
  readonly reads = new ReadsUnderWay();
  readonly #settings: NearSettings;
  readonly #copies: LRUCache<string, NearCopy>;
  /** Name of a token -> names of the copies that depend on it. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor(settings: NearSettings) {
    this.#settings = settings;
    this.#copies = new LRUCache<string, NearCopy>({
      maxSize: settings.maxBytes,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (copy, name) => {
        this.#removeFromIndex(copy, name);
      },
    });
  }

  /** The entry, if memcached need not be asked; it may be past its own ttl. */
  trusted(name: string, now: number): Entry | undefined {
    const copy = this.#copies.get(name);
    if (copy === undefined) return undefined;
    // A clock that was set back must not make copies last longer.
    const age = now - copy.askedAt;
    return age >= 0 && age < this.#settings.ttlMs ? this.#handOut(copy.entry) : undefined;
  }

  /** What memcached is to be asked about, however old. */
  copyOf(name: string): NearCopy | undefined {
    return this.#copies.get(name);
  }

  /** The entry, however long ago memcached was asked: for when it does not answer. */
  lastKnown(name: string): Entry | undefined {
    const copy = this.#copies.get(name);
    return copy && this.#handOut(copy.entry);
  }

  /**
   * Keeps what a read or a write of memcached showed, unless this process changed something since it began.
   * @returns the entry to hand out
   */
  keep(
    name: string,
    ticket: ReadTicket,
    entry: Entry,
    itemToken: ItemToken | undefined,
    tokens: readonly string[],
    now: number,
  ): Entry {
    const isShared = this.#settings.values === 'frozen';
    const kept = isShared || ticket.isVoid ? entry : { ...entry, value: copyValue(entry.value) };
    const bytes = this.#weigh(name, kept, tokens);
    if (ticket.isVoid) return entry;
    this.#copies.set(name, { entry: kept, itemToken, askedAt: now, bytes, tokens });
    if (this.#copies.has(name)) this.#addToIndex(name, tokens);
    return isShared ? this.#handOut(kept) : entry;
  }

  /** Memcached says that the copy is still true. */
  confirm(name: string, ticket: ReadTicket, copy: NearCopy, now: number): Entry {
    if (!ticket.isVoid && this.#copies.peek(name) === copy) {
      this.#copies.set(name, { ...copy, askedAt: now });
      this.#addToIndex(name, copy.tokens);
    }
    return this.#handOut(copy.entry);
  }

  /** The entry is changed or removed: no copy, and no read that began before may make one. */
  forget(name: string): void {
    this.reads.void(name);
    this.#copies.delete(name);
  }

  /** Memcached does not have it any longer. */
  drop(name: string): void {
    this.#copies.delete(name);
  }

  /** A token is changed: no copy that depends on it stays. Takes as long as there are such copies. */
  forgetDependents(token: string): void {
    // What reads under way depend on is not known yet.
    this.reads.voidAll();
    const names = this.#dependents.get(token);
    if (names === undefined) return;
    for (const name of [...names]) this.#copies.delete(name);
  }

  /** Bytes of all copies, as estimated. */
  get bytes(): number {
    return this.#copies.calculatedSize;
  }

  #weigh(name: string, { value, tags }: Entry, tokens: readonly string[]): number {
    let bytes = BOOKKEEPING_BYTES + 2 * weighText(name);
    for (const [tag, token] of tags) bytes += weighText(tag) + weighText(token);
    for (const token of tokens) bytes += weighText(token);
    return bytes + weighValue(value, this.#settings.values === 'frozen' ? Object.freeze : undefined);
  }

  #handOut(entry: Entry): Entry {
    const { value } = entry;
    if (typeof value !== 'object' || value === null) return entry;
    // Bytes cannot be frozen.
    if (this.#settings.values === 'frozen' && !(value instanceof Uint8Array)) return entry;
    return { ...entry, value: copyValue(value) };
  }

  #addToIndex(name: string, tokens: readonly string[]): void {
    for (const token of tokens) {
      const names = this.#dependents.get(token);
      if (names === undefined) this.#dependents.set(token, new Set([name]));
      else names.add(name);
    }
  }

  #removeFromIndex({ tokens }: NearCopy, name: string): void {
    for (const token of tokens) {
      const names = this.#dependents.get(token);
      names?.delete(name);
      if (names?.size === 0) this.#dependents.delete(token);
    }
  }
}
