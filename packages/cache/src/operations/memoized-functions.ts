/** Which memoized versions a function has. */
import { MemcacheError } from '@memkit/core';

interface Forgetful {
  delete(...args: readonly unknown[]): Promise<void>;
  deleteAll(): Promise<void>;
}

const versions = new WeakMap<object, readonly Forgetful[]>();

export function recordMemoized<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  memoized: { delete(...args: Args): Promise<void>; deleteAll(): Promise<void> },
): void {
  versions.set(fn, [...(versions.get(fn) ?? []), memoized]);
  versions.set(memoized, [memoized]);
}

/**
 * Forgets what a memoized function returned: for these arguments, or without any, all of it. The function may be the
 * memoized one or the one it was made from, of which then all memoized versions forget.
 * @throws `MEMCACHE_INVALID_OPTION` when it was never memoized in this process
 */
export async function deleteMemoized<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  ...args: Args | []
): Promise<void> {
  const found = versions.get(fn);
  if (!found) {
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot forget the results of a function',
      detail: `${fn.name === '' ? 'it' : fn.name} was not memoized in this process`,
      hint: 'Pass what memoize() returned, or the function it was given.',
    });
  }
  await Promise.all(found.map((version) => (args.length === 0 ? version.deleteAll() : version.delete(...args))));
}
