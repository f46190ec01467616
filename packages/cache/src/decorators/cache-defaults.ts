import { MemcacheError } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { ReadPolicy } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { POLICY_OPTIONS, resolveDefaults, STANDARD_DEFAULTS } from '../engine/settings.js';
import { checkedAt, classNameOf, classOf } from './method-place.js';
import { assertCache, assertNamespace } from './option-checks.js';

/** Options of `@CacheDefaults()`: what the decorators of the class use where they say nothing themselves. */
export interface CacheDefaultsOptions extends ReadPolicy {
  /** Default: the name of the object's class. */
  readonly namespace?: string;
  /** Default: the cache bound to the object, else the one of `setDefaultCache()`. */
  readonly cache?: Cache;
}

type AnyClass = abstract new (...args: never[]) => unknown;

const DECORATOR = '@CacheDefaults';
const given = new WeakMap<object, CacheDefaultsOptions>();
const merged = new WeakMap<object, CacheDefaultsOptions | null>();
let isUsed = false;

/**
 * Defaults for all caching decorators on the methods of a class. Subclasses inherit them; a subclass with its own
 * `@CacheDefaults()` changes only what it names. What a method's decorator says itself goes first.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * \@CacheDefaults({ namespace: 'user', ttl: '10m' })
 * class Users {
 *   \@ReadThrough() async findOne(\@Key() id: string) { return await database.findUser(id); }
 *   \@Invalidate() async remove(\@Key() id: string) { await database.removeUser(id); }
 * }
 * ```
 */
export function CacheDefaults(options: CacheDefaultsOptions) {
  return (target: AnyClass, context?: ClassDecoratorContext): void => {
    assertClass(target, context);
    const place = { target, name: '(class)' };
    if (given.has(target)) throw refuse(target, 'the class has it twice', 'Write all defaults into one.');
    assertNamespace(DECORATOR, place, options.namespace);
    assertCache(DECORATOR, place, options.cache);
    checkedAt(DECORATOR, place, () => {
      assertKnownOptions(options, [...POLICY_OPTIONS, 'namespace', 'cache'], `${DECORATOR}()`);
      resolveDefaults(options, STANDARD_DEFAULTS);
    });
    given.set(target, options);
    isUsed = true;
  };
}

/** The defaults of the class of an object, or of a class; `undefined` when neither it nor its bases have any. */
export function defaultsOf(self: unknown): CacheDefaultsOptions | undefined {
  if (!isUsed) return undefined;
  const owner = classOf(self);
  if (!owner) return undefined;
  let found = merged.get(owner);
  if (found === undefined) {
    found = merge(owner);
    merged.set(owner, found);
  }
  return found ?? undefined;
}

function merge(owner: object): CacheDefaultsOptions | null {
  const chain: CacheDefaultsOptions[] = [];
  for (let at: object | null = owner; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own = given.get(at);
    if (own) chain.unshift(own);
  }
  return chain.length === 0 ? null : chain.reduce((all, own) => ({ ...all, ...own }));
}

/** Standard decorators say what they stand on; legacy ones are given a class and nothing else. */
function assertClass(target: unknown, context: { readonly kind: string } | undefined): void {
  const isClass = typeof target === 'function' && (context === undefined || context.kind === 'class');
  if (isClass) return;
  const owner = typeof target === 'object' && target !== null ? target : Object;
  throw refuse(owner, 'it does not stand on a class', 'Put it in front of the class.');
}

function refuse(target: object, detail: string, hint: string): MemcacheError {
  const action = `Cannot use ${DECORATOR} on ${classNameOf(target)}`;
  return new MemcacheError('INVALID_DECORATOR', { action, detail, hint });
}
