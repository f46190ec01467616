import type { Cache, CacheRead, LoadOptions, ReadOutcome } from '@memkit/cache';
import { MemcacheError, parseDuration, parseTtl, type Duration, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { assertCache } from './assert-cache.js';
import { fragmentKey, fragmentTag } from './fragment-key.js';
import {
  fragmentChannel,
  fragmentsChannel,
  type FragmentMessage,
  type FragmentsMessage,
} from './telemetry/channels.js';

/** Options of `createFragments()`. An unknown option is an error that names the nearest known one. */
export interface FragmentsOptions {
  /** Where fragments are kept. */
  readonly cache: Cache;
  /** How long a fragment is fresh. Default: the cache's `ttl`. */
  readonly ttl?: Ttl;
  /** How long after that it may still be shown, while it is rendered anew or when that fails. Default: the cache's `staleFor`. */
  readonly staleFor?: Duration;
}

/** Options of `render()`. */
export interface FragmentOptions {
  /** What the fragment depends on: any plain data. Default: nothing, there is one fragment of this name. */
  readonly key?: unknown;
  /** Change it with the template: fragments of another version are not found. Default: none. */
  readonly version?: string | number;
  /** Default: the `ttl` of `createFragments()`. */
  readonly ttl?: Ttl;
  /** Names the fragment can be invalidated by. Default: none. */
  readonly tags?: readonly string[];
}

/** Options of `renderMany()`. */
export interface FragmentManyOptions<Item> {
  /** What the fragment of this item depends on: any plain data. Two items with one key share a fragment. */
  readonly key: (item: Item) => unknown;
  /** Change it with the template: fragments of another version are not found. Default: none. */
  readonly version?: string | number;
  /** Default: the `ttl` of `createFragments()`. */
  readonly ttl?: Ttl;
  /** Names the fragment of this item can be invalidated by. Default: none. */
  readonly tags?: (item: Item) => readonly string[];
}

/** What `createFragments()` returns. */
export interface Fragments {
  /**
   * The fragment from the cache, or what the renderer returns; plainly rendered when memcache is unavailable.
   * @throws what the renderer throws, unless an older fragment may be shown
   */
  render(name: string, options: FragmentOptions, renderer: () => string | Promise<string>): Promise<string>;
  /**
   * One fragment per item, in order: one multi-get (and one for the versions of `tags`, if items have some), and the
   * renderer runs for the missing ones only.
   * @example
   * const rows = await fragments.renderMany('row', countries, { key: (c) => c.code }, (c) => `<tr><td>${c.name}</td></tr>`);
   */
  renderMany<Item>(
    name: string,
    items: readonly Item[],
    options: FragmentManyOptions<Item>,
    renderer: (item: Item) => string | Promise<string>,
  ): Promise<string[]>;
  /** Without a key: every fragment of this name. With one: the fragment of this key (and version, if it was given one). */
  invalidate(name: string, key?: unknown, version?: string | number): Promise<void>;
}

// What is stored: an object, so that the tags of each can be found while they are stored together.
interface StoredFragment {
  readonly html: string;
}

/**
 * Pieces of pages, each cached under its own key, for any template engine.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` for options that cannot be used
 * @example
 * const fragments = createFragments({ cache, ttl: '10m' });
 * const card = await fragments.render('card', { key: country.code }, () => renderCard(country));
 */
export function createFragments(options: FragmentsOptions): Fragments {
  assertKnownOptions(options, ['cache', 'ttl', 'staleFor'], 'createFragments()');
  assertCache(options.cache, 'createFragments()');
  if (options.ttl !== undefined) parseTtl(options.ttl, 'Cannot use option "ttl" of createFragments()');
  if (options.staleFor !== undefined) parseDuration(options.staleFor, 'staleFor');
  return new FragmentCache(options);
}

class FragmentCache implements Fragments {
  readonly #cache: Cache;
  readonly #defaults: Pick<FragmentsOptions, 'ttl' | 'staleFor'>;

  constructor({ cache, ttl, staleFor }: FragmentsOptions) {
    this.#cache = cache;
    this.#defaults = { ...(ttl !== undefined && { ttl }), ...(staleFor !== undefined && { staleFor }) };
  }

  async render(name: string, options: FragmentOptions, renderer: () => string | Promise<string>): Promise<string> {
    assertKnownOptions(options, ['key', 'version', 'ttl', 'tags'], 'render()');
    const { version, ttl, tags = [] } = options;
    const key = fragmentKey(name, options.key, version);
    const load = async (): Promise<StoredFragment> => ({ html: checked(name, key, await renderer()) });
    const read = await this.#cache.read(key, load, { ...this.#loadOptions(ttl), tags: [fragmentTag(name), ...tags] });
    publishFragment(name, key, read.outcome, read.durationMs);
    return read.value.html;
  }

  async renderMany<Item>(
    name: string,
    items: readonly Item[],
    options: FragmentManyOptions<Item>,
    renderer: (item: Item) => string | Promise<string>,
  ): Promise<string[]> {
    assertKnownOptions(options, ['key', 'version', 'ttl', 'tags'], 'renderMany()');
    const { key, version, ttl, tags } = options;
    const keyOf = (item: Item): string => fragmentKey(name, key(item), version);
    const started = performance.now();
    const tagsOf = new WeakMap<StoredFragment, readonly string[]>();
    const renderMissing = async (missing: Item[]): Promise<Map<Item, StoredFragment>> =>
      new Map(
        await Promise.all(
          missing.map(async (item): Promise<[Item, StoredFragment]> => {
            const fragment = { html: checked(name, keyOf(item), await renderer(item)) };
            if (tags) tagsOf.set(fragment, [fragmentTag(name), ...tags(item)]);
            return [item, fragment];
          }),
        ),
      );
    const reads = await this.#cache.readMany(items, keyOf, renderMissing, {
      ...this.#loadOptions(ttl),
      // Tags that are known before the read come with it; those of single items need a look of their own.
      tags: tags ? (fragment) => tagsOf.get(fragment) ?? [] : [fragmentTag(name)],
    });
    publishFragments(name, items.map(keyOf), reads, performance.now() - started);
    return reads.map((read) => read?.value.html ?? '');
  }

  async invalidate(name: string, key?: unknown, version?: string | number): Promise<void> {
    if (key === undefined) await this.#cache.invalidateTags(fragmentTag(name));
    else await this.#cache.invalidate(fragmentKey(name, key, version));
  }

  #loadOptions(ttl: Ttl | undefined): Pick<LoadOptions, 'ttl' | 'staleFor' | 'whenUnavailable'> {
    return { ...this.#defaults, ...(ttl !== undefined && { ttl }), whenUnavailable: 'miss' };
  }
}

// A template that forgot its return would be kept as an empty place on the page.
function checked(name: string, key: string, html: unknown): string {
  if (typeof html === 'string') return html;
  throw new MemcacheError('NOT_SERIALIZABLE', {
    action: `Cannot render the fragment ${JSON.stringify(name)}`,
    key,
    detail: `its renderer returned ${html === null ? 'null' : `a value of type ${typeof html}`}`,
    hint: 'Return the HTML as a string.',
  });
}

function publishFragment(name: string, key: string, outcome: ReadOutcome, durationMs: number): void {
  if (!fragmentChannel.hasSubscribers) return;
  fragmentChannel.publish({ name, key, outcome, durationMs } satisfies FragmentMessage);
}

function publishFragments(
  name: string,
  keys: readonly string[],
  reads: readonly (CacheRead<StoredFragment> | undefined)[],
  durationMs: number,
): void {
  const outcomes = { hit: 0, miss: 0, stale: 0, bypass: 0 };
  reads.forEach((read, index) => {
    if (!read) return;
    outcomes[read.outcome] += 1;
    publishFragment(name, keys[index] ?? '', read.outcome, durationMs);
  });
  if (!fragmentsChannel.hasSubscribers) return;
  fragmentsChannel.publish({ name, count: reads.length, outcomes, durationMs } satisfies FragmentsMessage);
}
