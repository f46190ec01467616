import { parseTtl, type Ttl } from '@memkit/core';
import { isAbsent } from '../policies/absent-value.js';
import type { Loader, LoaderContext } from './cache-options.js';
import type { LoadSettings } from './settings.js';

/** What a loader returned, and what it decided while it ran. */
export interface Loaded<Value> {
  readonly value: Value;
  readonly mayStore: boolean;
  readonly ttlMs: number;
  /** Tags added while it ran. */
  readonly tags: readonly string[];
  readonly loadMs: number;
}

export async function runLoader<Value>(
  loader: Loader<Value>,
  key: string,
  settings: LoadSettings<Value>,
): Promise<Loaded<Value>> {
  const context = new LoadInProgress(key, settings.ttlMs);
  const started = performance.now();
  const value = await loader(context);
  const loadMs = performance.now() - started;
  return { value, mayStore: context.mayStore && !isAbsent(value), ttlMs: context.ttlMs, tags: context.tags, loadMs };
}

class LoadInProgress implements LoaderContext {
  readonly key: string;
  readonly tags: string[] = [];
  mayStore = true;
  ttlMs: number;

  constructor(key: string, ttlMs: number) {
    this.key = key;
    this.ttlMs = ttlMs;
  }

  // Fields, not methods: a loader may take the context apart.
  readonly doNotStore = (): void => {
    this.mayStore = false;
  };

  readonly setTtl = (ttl: Ttl): void => {
    this.ttlMs = parseTtl(ttl);
  };

  readonly addTags = (...tags: readonly string[]): void => {
    this.tags.push(...tags);
  };
}
