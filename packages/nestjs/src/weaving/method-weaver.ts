import type { Cache } from '@memkit/cache';
import { bindCache, decoratedMethodsOf, type DecoratedMethod } from '@memkit/cache/internal';

type Method = (this: object, ...args: readonly unknown[]) => unknown;

// One prototype may serve several applications of a process, one after the other in tests; the last one counts.
const caches = new WeakMap<object, Cache>();

/**
 * Gives every instance of a class the cache at the first call of a decorated method. For classes whose instances do
 * not exist yet: the decorated methods are replaced by ones that bind `this` first.
 */
export function bindInstancesOf(prototype: object, cache: Cache): void {
  const isWoven = caches.has(prototype);
  const methods = isWoven ? [] : decoratedMethodsOf(prototype);
  if (!isWoven && methods.length === 0) return;
  caches.set(prototype, cache);
  for (const name of new Set(methods.map(({ name }: DecoratedMethod) => name))) weave(prototype, name);
}

function weave(prototype: object, name: string | symbol): void {
  const method: unknown = Reflect.get(prototype, name);
  if (typeof method !== 'function') return;
  const original = method as Method;
  const woven: Method = function (...args) {
    const cache = caches.get(prototype);
    if (cache) bindCache(this, cache);
    return original.apply(this, [...args]);
  };
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(woven, property, { value: original[property], configurable: true });
  }
  // Guards, interceptors and routes of a controller's method are kept on the function.
  for (const key of Reflect.getOwnMetadataKeys(original) as readonly unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), woven);
  }
  Object.defineProperty(prototype, name, { value: woven, configurable: true, writable: true });
}
