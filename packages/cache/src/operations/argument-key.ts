/** From the arguments of a memoized function to the text between the parentheses of its key. */
import { MemcacheError } from '@memkit/core';
import { canonicalArguments, canonicalValue } from '../keys/canonical-arguments.js';
import type { MemoizeOptions } from './memoize-options.js';

type KeyOptions<Args extends readonly unknown[]> = Pick<
  MemoizeOptions<Args, unknown>,
  'key' | 'ignoreArguments' | 'defaultArguments'
>;

/** Stands for an ignored argument in front of others; no value has this form. */
const IGNORED = '_';

/** @throws `MEMCACHE_INVALID_OPTION` when the options contradict each other or are of another type */
export function argumentsText<Args extends readonly unknown[]>(options: KeyOptions<Args>): (args: Args) => string {
  const { key, ignoreArguments, defaultArguments } = options;
  assertOptions(options);
  if (key) return (args) => keyText(key(...args));
  const fill = defaultArguments ? filler(defaultArguments) : asTheyAre;
  if (ignoreArguments === undefined) return (args) => canonicalArguments(fill(args));
  const isIgnored = typeof ignoreArguments === 'function' ? ignoreArguments : listed(ignoreArguments);
  return (args) => {
    const texts = fill(args).map((argument, at) => (isIgnored(argument, at) ? IGNORED : canonicalValue(argument)));
    // An ignored argument may as well be absent.
    while (texts.at(-1) === IGNORED) texts.pop();
    return texts.join(',');
  };
}

function asTheyAre(args: readonly unknown[]): readonly unknown[] {
  return args;
}

function filler(defaults: readonly unknown[]): (args: readonly unknown[]) => readonly unknown[] {
  return (args) =>
    Array.from({ length: Math.max(args.length, defaults.length) }, (_, at) =>
      args[at] === undefined ? defaults[at] : args[at],
    );
}

function listed(positions: readonly number[]): (argument: unknown, position: number) => boolean {
  const ignored = new Set(positions);
  return (_argument, position) => ignored.has(position);
}

/** JavaScript callers return numbers as well. Anything else would be the same text for different values. */
function keyText(key: unknown): string {
  if (typeof key === 'string' || typeof key === 'bigint' || (typeof key === 'number' && !Number.isNaN(key))) {
    return String(key);
  }
  throw new MemcacheError('INVALID_KEY', {
    action: 'Cannot build a key from the arguments',
    detail: `the function "key" returned ${typeof key === 'number' ? 'NaN' : key === null ? 'null' : `a value of type ${typeof key}`}`,
    hint: 'Return a text that is different for every result.',
  });
}

function assertOptions({ key, ignoreArguments, defaultArguments }: KeyOptions<never>): void {
  if (key !== undefined && typeof key !== 'function') {
    throw invalid('key', `it is of type ${typeof key}, not a function`, 'Write { key: (user) => user.id }.');
  }
  const other = ignoreArguments === undefined ? 'defaultArguments' : 'ignoreArguments';
  if (key && (ignoreArguments ?? defaultArguments) !== undefined) {
    throw invalid(other, 'it has no effect together with "key"', 'Remove one of the two.');
  }
  const arePositions = Array.isArray(ignoreArguments) && ignoreArguments.every((at) => Number.isInteger(at) && at >= 0);
  if (ignoreArguments !== undefined && typeof ignoreArguments !== 'function' && !arePositions) {
    throw invalid('ignoreArguments', 'it is neither positions nor a function', 'Give positions from 0, such as [1].');
  }
  if (defaultArguments !== undefined && !Array.isArray(defaultArguments)) {
    const hint = 'Give the default values by position, such as [undefined, 10].';
    throw invalid('defaultArguments', 'it is not a list', hint);
  }
}

function invalid(option: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use option "${option}" of memoize()`, detail, hint });
}
