import type { Cache } from '@memkit/cache';
import type { Duration, Ttl } from '@memkit/core';

/** Options of `createFragments()`. */
export interface FragmentsOptions {
  readonly cache: Cache;
  /** How long a fragment is fresh. Default: the cache's `ttl`. */
  readonly ttl?: Ttl;
  /** How long after that it may still be shown. Default: the cache's `staleFor`. */
  readonly staleFor?: Duration;
}

export interface FragmentOptions {
  /** What the fragment depends on: any plain data. Default: nothing, there is one fragment of this name. */
  readonly key?: unknown;
  /** Change it with the template: fragments of another version are not found. Default: none. */
  readonly version?: string | number;
  readonly ttl?: Ttl;
  readonly tags?: readonly string[];
}

export interface FragmentManyOptions<Item> {
  /** What the fragment of this item depends on. */
  readonly key: (item: Item) => unknown;
  /** Change it with the template: fragments of another version are not found. Default: none. */
  readonly version?: string | number;
  readonly ttl?: Ttl;
  readonly tags?: (item: Item) => readonly string[];
}

/** What `createFragments()` returns. */
export interface Fragments {
  /** The fragment from the cache, or what the renderer returns; plainly rendered when memcache is unavailable. */
  render(name: string, options: FragmentOptions, renderer: () => string | Promise<string>): Promise<string>;
  /** One fragment per item, in order: one multi-get, and the renderer runs for the missing ones only. */
  renderMany<Item>(
    name: string,
    items: readonly Item[],
    options: FragmentManyOptions<Item>,
    renderer: (item: Item) => string | Promise<string>,
  ): Promise<string[]>;
  /** Without a key: every fragment of this name. With one: the fragment of this key (and version, if it was given one). */
  invalidate(name: string, key?: unknown, version?: string | number): Promise<void>;
}

export function createFragments(options: FragmentsOptions): Fragments {
  void options;
  return {
    async render(_name, _options, renderer) {
      return await renderer();
    },
    async renderMany(_name, items, _options, renderer) {
      return await Promise.all(items.map((item) => renderer(item)));
    },
    async invalidate() {
      await Promise.resolve();
    },
  };
}
