import { types } from 'node:util';
import { invalidDecorator, type MethodPlace } from './method-place.js';

interface TypeReflection {
  getOwnMetadata?(key: string, target: object, name: string | symbol): unknown;
}

type AnyMethod = (this: unknown, ...args: readonly unknown[]) => unknown;

/** @throws `MEMCACHE_INVALID_DECORATOR` for what is no method, and for methods that cannot give a promise */
export function assertMethod(decorator: string, place: MethodPlace, member: unknown): asserts member is AnyMethod {
  const hint = 'Put the decorator on a method that returns a promise.';
  if (typeof member !== 'function') throw invalidDecorator(decorator, place, 'it is not a method', hint);
  if (types.isGeneratorFunction(member)) {
    const fix = 'Return a promise of an array instead of yielding.';
    throw invalidDecorator(decorator, place, 'it is a generator, and what it yields cannot be cached', fix);
  }
  const returns = declaredType('design:returntype', place);
  if (typeof returns === 'function' && NO_PROMISES.has(returns)) {
    throw invalidDecorator(decorator, place, `it returns a ${returns.name} and no promise`, 'Make the method async.');
  }
}

const NO_PROMISES: ReadonlySet<unknown> = new Set([String, Number, Boolean, BigInt, Array, Date, Map, Set]);

/** The types of the parameters, where the compiler left them (`emitDecoratorMetadata`). */
export function declaredParameterTypes(place: MethodPlace): readonly unknown[] | undefined {
  const types = declaredType('design:paramtypes', place);
  return Array.isArray(types) ? types : undefined;
}

function declaredType(key: string, { target, name }: MethodPlace): unknown {
  return target && (Reflect as TypeReflection).getOwnMetadata?.(key, target, name);
}
