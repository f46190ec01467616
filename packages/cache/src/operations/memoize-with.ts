import { MemcacheError } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { Cache, MemoizeOptions, Memoized } from '../engine/cache-surface.js';
import { canonicalArguments } from '../keys/canonical-arguments.js';
import { LOAD_OPTIONS } from '../engine/settings.js';

/** @param findCache called with every use, so that the cache may be set up later than the function */
export function memoizeWith<Args extends readonly unknown[], Value>(
  findCache: () => Cache,
  fn: (...args: Args) => Promise<Value> | Value,
  options: MemoizeOptions<Args, Value> = {},
): Memoized<Args, Value> {
  assertKnownOptions(options, [...LOAD_OPTIONS, 'name', 'key'], 'memoize()');
  const { name = fn.name, key, ...loadOptions } = options;
  if (name === '') throw nameless();
  const keyFor = (...args: Args): string => `${name}(${key ? key(...args) : canonicalArguments(args)})`;
  const memoized = async (...args: Args): Promise<Value> =>
    await findCache().getOrLoad(keyFor(...args), () => fn(...args), loadOptions);
  return Object.assign(memoized, {
    keyFor,
    delete: async (...args: Args): Promise<void> => {
      await findCache().invalidate(keyFor(...args));
    },
    uncached: (...args: Args): Promise<Value> | Value => fn(...args),
  });
}

function nameless(): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: 'Cannot memoize a function without a name',
    detail: 'the name is part of every key, and without one two functions would share their results',
    hint: "Give one: memoize(fn, { name: 'priceOf' }).",
  });
}
