import { MemcacheError, parseTtl, type Ttl } from '@memkit/core';
import { isAbsent } from '../policies/absent-value.js';
import type { Loader, LoaderContext, PreviousValue, Validators } from './cache-options.js';
import type { Entry } from './entry-envelope.js';
import type { LoadSettings } from './settings.js';

/** What a loader returned, and what it decided while it ran. */
export interface Loaded<Value> {
  readonly value: Value;
  readonly mayStore: boolean;
  readonly ttlMs: number;
  /** Tags added while it ran. */
  readonly tags: readonly string[];
  readonly validators: Validators;
  readonly loadMs: number;
}

export async function runLoader<Value>(
  loader: Loader<Value>,
  key: string,
  settings: LoadSettings<Value>,
  previous: Entry | undefined,
  signal: AbortSignal,
): Promise<Loaded<Value>> {
  const context = new LoadInProgress(key, signal, previous);
  const started = performance.now();
  const value = await loader(context);
  const loadMs = performance.now() - started;
  return { ...storageOf(value, settings, context.ttlMs, context.mayStore), ...context.decided, value, loadMs };
}

/** Whether and for how long a value is stored; `undefined` only with a time of its own. */
export function storageOf(
  value: unknown,
  { ttlMs, negativeTtlMs }: LoadSettings<never>,
  chosenMs?: number,
  mayStore = true,
): { readonly mayStore: boolean; readonly ttlMs: number } {
  if (!isAbsent(value)) return { mayStore, ttlMs: chosenMs ?? ttlMs };
  return { mayStore: mayStore && negativeTtlMs !== undefined, ttlMs: chosenMs ?? negativeTtlMs ?? 0 };
}

class LoadInProgress implements LoaderContext {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly previous: PreviousValue | undefined;
  mayStore = true;
  ttlMs: number | undefined;
  readonly #entry: Entry | undefined;
  readonly #tags: string[] = [];
  #validators: Validators = {};

  constructor(key: string, signal: AbortSignal, entry: Entry | undefined) {
    this.key = key;
    this.signal = signal;
    this.#entry = entry;
    this.previous = entry && previousOf(entry);
  }

  get decided(): Pick<Loaded<unknown>, 'tags' | 'validators'> {
    return { tags: this.#tags, validators: this.#validators };
  }

  // Fields, not methods: a loader may take the context apart.
  readonly doNotStore = (): void => {
    this.mayStore = false;
  };

  readonly setTtl = (ttl: Ttl): void => {
    this.ttlMs = parseTtl(ttl);
  };

  readonly addTags = (...tags: readonly string[]): void => {
    this.#tags.push(...tags);
  };

  readonly setValidators = ({ etag, lastModified }: Validators): void => {
    this.#validators = { etag, lastModified };
  };

  readonly notModified = (): never => {
    if (!this.previous || !this.#entry) throw noPrevious(this.key);
    const { value, etag, lastModified } = this.previous;
    this.#validators = { etag, lastModified };
    this.#tags.push(...this.#entry.tags.keys());
    // It is what the loader's caller gets, whose type is not known here.
    return value as never;
  };
}

function previousOf({ value, storedAt, etag, lastModified }: Entry): PreviousValue | undefined {
  return isAbsent(value) ? undefined : { value, storedAt, etag, lastModified };
}

function noPrevious(key: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: 'Cannot keep the previous value of',
    key,
    detail: 'there is none',
    hint: 'Call notModified() only when context.previous is there.',
  });
}
