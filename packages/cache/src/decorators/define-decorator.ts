/** Puts a stand-in in place of a method, for legacy decorators (`experimentalDecorators`) and for standard ones. */
import { defaultsOf } from './cache-defaults.js';
import type { MethodCall, Run } from './method-call.js';
import { recordDecorated, recordStandIn, type DecoratedMethod } from './method-metadata.js';
import { classOf, showPlace, type MethodPlace } from './method-place.js';
import { assertMethod } from './method-shape.js';
import { assertCache, assertNamespace, assertOptions, assertParentheses } from './option-checks.js';
import { assertNoClash, recordReader } from './reader-clash.js';
import type { Reader } from './reader.js';
import type { SharedOptions } from './decorator-options.js';

/** A kind of decorator with the options of one use. */
export interface Declaration<Options extends object> {
  /** Its name for messages: `@ReadThrough`. */
  readonly decorator: string;
  readonly options: Options;
  /** Names of the options it knows. */
  readonly optionNames: readonly string[];
  /** Of decorators that read or count: what, so that two of them cannot meet under one key. */
  readonly reads?: Pick<Reader, 'form' | 'key' | 'isReading'>;
  /**
   * From options, with the defaults of a class filled in, to what a call does.
   * @throws `MEMCACHE_INVALID_DECORATOR` when it cannot work there
   */
  readonly weave: (place: MethodPlace, options: Options) => Run;
}

/** A method whose types are no longer known. */
type AnyMethod = (this: unknown, ...args: readonly unknown[]) => unknown;

interface Context {
  readonly kind: string;
  readonly name: string | symbol | undefined;
  addInitializer(initializer: (this: unknown) => void): void;
}

/** A decorator in its legacy and its standard form; see `CacheMethodDecorator` for the types its users see. */
type AnyDecorator = (subject: object, second: unknown, descriptor?: PropertyDescriptor) => unknown;

export function defineDecorator<Options extends SharedOptions<never> & object>(
  declaration: Declaration<Options>,
): AnyDecorator {
  const { decorator, options } = declaration;
  assertParentheses(decorator, options);
  return (subject, second, descriptor) =>
    isContext(second)
      ? decorateStandard(declaration, subject, second)
      : decorateLegacy(declaration, subject, second, descriptor);
}

function decorateLegacy<Options extends SharedOptions<never> & object>(
  declaration: Declaration<Options>,
  subject: object,
  second: unknown,
  descriptor: PropertyDescriptor | undefined,
): PropertyDescriptor {
  const { decorator } = declaration;
  const isName = typeof second === 'string' || typeof second === 'symbol';
  const place: MethodPlace = { target: subject, name: isName ? second : '(class)' };
  const original: unknown = descriptor?.value;
  assertMethod(decorator, place, original);
  const standIn = replace(original, prepare(declaration, place));
  const reader = readerOf(declaration, place);
  if (reader) recordReader(subject, reader);
  recordDecorated(subject, describe(declaration, place));
  return { ...descriptor, value: standIn };
}

/** The class is known only when its first object is made: what depends on it is checked then. */
function decorateStandard<Options extends SharedOptions<never> & object>(
  declaration: Declaration<Options>,
  subject: object,
  context: Context,
): object {
  const { decorator } = declaration;
  const place: MethodPlace = { target: undefined, name: context.name ?? '(class)' };
  assertMethod(decorator, place, context.kind === 'method' ? subject : undefined);
  const standIn = replace(subject as AnyMethod, prepare(declaration, place));
  const reader = readerOf(declaration, place);
  recordStandIn(standIn, subject, describe(declaration, place), reader);
  if (reader) context.addInitializer(assertNoClash);
  return standIn;
}

/** @throws when the declaration cannot work, whatever the defaults of the class */
function prepare<Options extends SharedOptions<never> & object>(
  declaration: Declaration<Options>,
  place: MethodPlace,
): (self: unknown) => Run {
  const { decorator, options, optionNames, weave } = declaration;
  assertOptions(decorator, place, options, optionNames);
  assertNamespace(decorator, place, options.namespace);
  assertCache(decorator, place, options.cache);
  const plain = weave(place, options);
  const ofClasses = new WeakMap<object, Run>();
  return (self) => {
    const defaults = defaultsOf(self);
    if (!defaults) return plain;
    const owner = classOf(self) ?? defaults;
    let run = ofClasses.get(owner);
    if (!run) {
      const known = Object.entries(defaults).filter(([name]) => optionNames.includes(name));
      run = weave(place, { ...Object.fromEntries(known), ...options });
      ofClasses.set(owner, run);
    }
    return run;
  };
}

function replace(original: AnyMethod, runFor: (self: unknown) => Run): AnyMethod {
  const standIn = function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
    const call: MethodCall = {
      self: this,
      args,
      proceed: (others = args) => Reflect.apply(original, this, others),
    };
    return runFor(this)(call);
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

function isContext(second: unknown): second is Context {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

function readerOf<Options extends SharedOptions<never> & object>(
  { decorator, options, reads }: Declaration<Options>,
  place: MethodPlace,
): Reader | undefined {
  return reads && { ...reads, decorator, name: place.name, namespace: options.namespace };
}

function describe<Options extends SharedOptions<never> & object>(
  { decorator, options }: Declaration<Options>,
  place: MethodPlace,
): DecoratedMethod {
  return { name: place.name, decorator, place: showPlace(place), hasOwnCache: options.cache !== undefined };
}
