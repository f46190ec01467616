import { MemcacheError } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { LoaderContext } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { LOAD_OPTIONS, parseTags } from '../engine/settings.js';
import { cacheKeyOf } from '../keys/cache-key.js';
import { addTags } from './add-tags.js';
import { argumentsText } from './argument-key.js';
import { isInsideLoadOf, runAsLoad } from './loads-in-progress.js';
import { recordMemoized } from './memoized-functions.js';
import type { MemoizeOptions, Memoized } from './memoize-options.js';

const OPTION_NAMES = [...LOAD_OPTIONS, 'name', 'key', 'ignoreArguments', 'defaultArguments'];

/** @param findCache called with every use, so that the cache may be set up later than the function */
export function memoizeWith<Args extends readonly unknown[], Value>(
  findCache: () => Cache,
  fn: (...args: Args) => Promise<Value> | Value,
  options: MemoizeOptions<Args, Value> = {},
): Memoized<Args, Value> {
  assertFunction(fn);
  assertKnownOptions(options, OPTION_NAMES, 'memoize()');
  const { name = fn.name, key, ignoreArguments, defaultArguments, tags, ...loadOptions } = options;
  if (typeof name !== 'string' || name === '') throw nameless();
  const textOf = argumentsText<Args>({
    ...(key && { key }),
    ...(ignoreArguments && { ignoreArguments }),
    ...(defaultArguments && { defaultArguments }),
  });
  // Everything the function returned carries this tag, so that all of it can be forgotten at once.
  const own = `memoize:${name}`;
  const read = { ...loadOptions, tags: [own, ...(typeof tags === 'function' ? [] : parseTags(tags))] };
  const keyOf = (self: unknown, args: Args): string => `${name}${ownerText(self)}(${textOf(args)})`;

  const memoized = async function (this: unknown, ...args: Args): Promise<Value> {
    const cache = findCache();
    const place = keyOf(this, args);
    if (isInsideLoadOf(cache, place)) return await Reflect.apply(fn, this, args);
    const load = async (context: LoaderContext): Promise<Value> => {
      const value = await runAsLoad(cache, [place], () => Reflect.apply(fn, this, args));
      if (typeof tags === 'function' && value !== undefined) {
        addTags(context, () => tags(value), context.key, tagsFailed);
      }
      return value;
    };
    return await cache.getOrLoad(place, load, read);
  };
  // These are called on the memoized function, which is no object of its own.
  const ownerOf = (self: unknown): unknown => (self === memoized ? undefined : self);
  const complete: Memoized<Args, Value> = Object.assign(memoized, {
    keyFor(this: unknown, ...args: Args): string {
      return keyOf(ownerOf(this), args);
    },
    async delete(this: unknown, ...args: Args): Promise<void> {
      await findCache().invalidate(keyOf(ownerOf(this), args));
    },
    deleteAll: async (): Promise<void> => {
      await findCache().invalidateTags(own);
    },
    uncached(this: unknown, ...args: Args): Promise<Value> | Value {
      return Reflect.apply(fn, ownerOf(this), args);
    },
  });
  Object.defineProperty(memoized, 'length', { value: fn.length, configurable: true });
  Object.defineProperty(memoized, 'name', { value: name, configurable: true });
  recordMemoized(fn, complete);
  return complete;
}

/** What tells the objects apart whose method this is: their `@CacheKey()`, if they have one. */
function ownerText(self: unknown): string {
  const key = typeof self === 'object' && self !== null ? cacheKeyOf(self) : undefined;
  return key === undefined ? '' : `[${JSON.stringify(key)}]`;
}

function tagsFailed(cause: unknown, key: string): MemcacheError {
  const detail = cause instanceof Error ? `its function "tags" threw: ${cause.message}` : 'its function "tags" threw';
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot store', key, detail, cause });
}

function assertFunction(fn: unknown): void {
  if (typeof fn === 'function') return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot memoize',
    detail: `it is ${fn === null ? 'null' : `of type ${typeof fn}`}, not a function`,
    hint: "Give the function whose results are kept: memoize(fn, { ttl: '1h' }).",
  });
}

function nameless(): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: 'Cannot memoize a function without a name',
    detail: 'the name is part of every key, and without one two functions would share their results',
    hint: "Give one: memoize(fn, { name: 'priceOf' }).",
  });
}
