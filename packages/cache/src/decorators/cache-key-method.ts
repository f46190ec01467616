import { addKeyMember, addUnplacedKeyMember } from '../keys/cache-key.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';

/** What `@CacheKey()` returns: usable on methods without parameters and on getters. */
export interface CacheKeyDecorator {
  <Member extends (() => string | number | bigint) | string | number | bigint>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Member>,
  ): void;
  <This>(
    member: (this: This) => string | number | bigint,
    context: ClassMethodDecoratorContext<This> | ClassGetterDecoratorContext<This>,
  ): void;
}

/**
 * Marks the method or getter that gives what stands for an object in keys: in a `@Key()` parameter, in the list of a
 * multi-form, with `keyFromResult: true` and `idOf: true`, and in `memoize`. Subclasses inherit it.
 * @throws `MEMCACHE_INVALID_DECORATOR` when the class is defined: on two members, on a method with parameters, on a field
 * @example
 * ```ts
 * class User {
 *   constructor(readonly id: string) {}
 *   \@CacheKey() key() { return this.id; }
 * }
 * ```
 */
export function CacheKey(): CacheKeyDecorator {
  const decorate = (subject: object, second: unknown, descriptor?: PropertyDescriptor): void => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      markStandard(subject, second as StandardContext);
      return;
    }
    const place: MethodPlace = { target: subject, name: second as string | symbol };
    // The getter only to look at it.
    const member: unknown = descriptor?.value ?? (descriptor && Reflect.get(descriptor, 'get'));
    assertReadable(place, member, typeof subject === 'function');
    const other = addKeyMember(subject, place.name);
    if (other === undefined) return;
    const detail = `${String(other)} of the same class has it already`;
    throw invalidDecorator('@CacheKey', place, detail, 'An object has one key: remove one of the two.');
  };
  // One function serves both forms; the interface says which arguments belong together.
  return decorate as CacheKeyDecorator;
}

interface StandardContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static: boolean;
}

function markStandard(subject: object, context: StandardContext): void {
  const isCallable = context.kind === 'method' || context.kind === 'getter';
  assertReadable({ target: undefined, name: context.name }, isCallable ? subject : undefined, context.static);
  addUnplacedKeyMember(subject);
}

function assertReadable(place: MethodPlace, member: unknown, isStatic: boolean): void {
  const hint = 'Put it on one method without parameters, or on a getter, of the class.';
  const refuse = (detail: string) => invalidDecorator('@CacheKey', place, detail, hint);
  if (typeof member !== 'function') throw refuse('it is neither a method nor a getter');
  if (isStatic) throw refuse('it is static, and each object has to answer for itself');
  if (member.length > 0) throw refuse(`it has ${String(member.length)} parameters, and is called without any`);
}
