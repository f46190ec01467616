/** Whether the options of a decorator have the right shape; asked when the class is defined. */
import { assertKnownOptions } from '@memkit/core/internal';
import { checkedAt, invalidDecorator, type MethodPlace } from './method-place.js';

/** Options that are functions, and what to write. `key` is a text in the Assigned forms: see method-key.ts. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  condition: '{ condition: (id) => id > 0 }',
  unless: '{ unless: ({ result }) => result === 0 }',
  content: '{ content: (id, user) => user }',
  signal: '{ signal: (id, signal) => signal }',
};
/** Options that are functions or `true`. */
const FUNCTIONS_OR_TRUE: Readonly<Record<string, string>> = {
  keyFromResult: '{ keyFromResult: ({ result }) => result.id }, or true for its @CacheKey()',
  idOf: '{ idOf: (item) => item.id }, or true for its @CacheKey()',
};
const SWITCHES = ['allEntries', 'beforeInvocation', 'skipMissing'];

/**
 * @param names options that the decorator knows
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`
 */
export function assertOptions(decorator: string, place: MethodPlace, options: object, names: readonly string[]): void {
  checkedAt(decorator, place, () => {
    assertKnownOptions(options, names, `${decorator}()`);
  });
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const write = value === undefined ? undefined : problemWith(name, value);
    if (write === undefined) continue;
    throw invalidDecorator(decorator, place, `its option "${name}" is of type ${typeof value}`, `Write ${write}.`);
  }
}

/** What to write instead; `undefined` when the value is fine. */
function problemWith(name: string, value: unknown): string | undefined {
  if (name in FUNCTIONS) return typeof value === 'function' ? undefined : FUNCTIONS[name];
  if (name in FUNCTIONS_OR_TRUE) {
    return typeof value === 'function' || value === true ? undefined : FUNCTIONS_OR_TRUE[name];
  }
  if (SWITCHES.includes(name)) return typeof value === 'boolean' ? undefined : 'true or false';
  return undefined;
}

/** @throws `MEMCACHE_INVALID_DECORATOR` for the decorator itself in place of what it returns: `@ReadThrough` without `()` */
export function assertParentheses(decorator: string, options: unknown): void {
  const isMethod = typeof options === 'function';
  if (!isMethod && !(typeof options === 'object' && options !== null && Object.hasOwn(options, 'constructor'))) return;
  const place: MethodPlace = { target: isMethod ? undefined : options, name: isMethod ? options.name : '(method)' };
  throw invalidDecorator(decorator, place, 'it was written without parentheses', `Write ${decorator}().`);
}

/** @throws `MEMCACHE_INVALID_DECORATOR` */
export function assertNamespace(decorator: string, place: MethodPlace, namespace: unknown): void {
  if (namespace === undefined || (typeof namespace === 'string' && namespace !== '')) return;
  const detail = namespace === '' ? 'its namespace is empty' : `its namespace is of type ${typeof namespace}`;
  throw invalidDecorator(decorator, place, detail, GIVE_NAMESPACE);
}

export const GIVE_NAMESPACE = "Give it one: { namespace: 'user' }.";

/** @throws `MEMCACHE_INVALID_DECORATOR` */
export function assertCache(decorator: string, place: MethodPlace, cache: unknown): void {
  if (cache === undefined) return;
  if (typeof cache === 'object' && cache !== null && 'getOrLoad' in cache) return;
  throw invalidDecorator(decorator, place, 'its option "cache" is not a cache', 'Give what createCache() returned.');
}
