/** Puts a stand-in in place of a method, for legacy decorators (`experimentalDecorators`) and for standard ones. */
import type { Cache } from '../engine/cache-surface.js';
import { recordDecorated, recordStandIn, type DecoratedMethod } from './method-metadata.js';
import { invalidDecorator, showPlace, type MethodPlace } from './method-place.js';

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/** What the caching decorators return: usable on methods that return a promise. */
export interface CacheMethodDecorator {
  <Method extends AsyncMethod>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
  <This, Method extends AsyncMethod>(method: Method, context: ClassMethodDecoratorContext<This>): Method;
}

/** A call of the decorated method, on its way to the cache. */
export interface MethodCall {
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** Runs the method itself, with its own arguments or others. */
  readonly proceed: (args?: readonly unknown[]) => unknown;
}

export type Weave = (place: MethodPlace) => (call: MethodCall) => Promise<unknown>;

/** A method whose types are no longer known. */
type AnyMethod = (this: unknown, ...args: readonly unknown[]) => unknown;

/**
 * @param decorator its name for messages: `@ReadThrough`
 * @param weave runs when the class is defined, and throws when the decorator cannot work there
 */
export function defineDecorator(decorator: string, cache: Cache | undefined, weave: Weave): CacheMethodDecorator {
  const decorate = (subject: object, second: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (isContext(second)) {
      const place: MethodPlace = { target: undefined, name: second.name ?? '(class)' };
      if (second.kind !== 'method') throw notAMethod(decorator, place);
      const original = subject as AnyMethod;
      const standIn = replace(original, weave(place));
      recordStandIn(standIn, original, describe(decorator, place, cache));
      return standIn;
    }
    const place: MethodPlace = { target: subject, name: second as string | symbol };
    const original: unknown = descriptor?.value;
    if (!descriptor || typeof original !== 'function') throw notAMethod(decorator, place);
    const standIn = replace(original as AnyMethod, weave(place));
    recordDecorated(subject, describe(decorator, place, cache));
    return { ...descriptor, value: standIn };
  };
  // One function serves both forms; the interface says which arguments belong together.
  return decorate as CacheMethodDecorator;
}

function replace(original: AnyMethod, run: (call: MethodCall) => Promise<unknown>): AnyMethod {
  const standIn = function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
    return run({ self: this, args, proceed: (others = args) => original.apply(this, [...others]) });
  };
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(standIn, property, { value: original[property], configurable: true });
  }
  copyMetadata(original, standIn);
  return standIn;
}

interface MetadataReflection {
  getOwnMetadataKeys?(target: object): readonly unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/** Decorators below this one may have left metadata on the method (Nest's routes do). */
function copyMetadata(from: object, to: object): void {
  // `reflect-metadata` adds these when the application loads it.
  const reflection = Reflect as MetadataReflection;
  for (const key of reflection.getOwnMetadataKeys?.(from) ?? []) {
    reflection.defineMetadata?.(key, reflection.getOwnMetadata?.(key, from), to);
  }
}

function isContext(second: unknown): second is DecoratorContext {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

function describe(decorator: string, place: MethodPlace, cache: Cache | undefined): DecoratedMethod {
  return { name: place.name, decorator, place: showPlace(place), hasOwnCache: cache !== undefined };
}

function notAMethod(decorator: string, place: MethodPlace) {
  return invalidDecorator(
    decorator,
    place,
    'it is not a method',
    'Put the decorator on a method that returns a promise.',
  );
}
