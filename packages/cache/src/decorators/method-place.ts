import { MemcacheError } from '@memkit/core';

/** Where a decorator stands. */
export interface MethodPlace {
  /** The prototype; the class itself for a static method; `undefined` where a standard decorator is not told. */
  readonly target: object | undefined;
  readonly name: string | symbol;
}

/** `UserService.findOne`. */
export function showPlace({ target, name }: MethodPlace): string {
  return target ? `${classNameOf(target)}.${String(name)}` : `method ${String(name)}`;
}

/** Name of the class a prototype or an instance belongs to, or of the class itself. */
export function classNameOf(target: object): string {
  const name = typeof target === 'function' ? target.name : target.constructor.name;
  return name === '' ? '(anonymous class)' : name;
}

export function invalidDecorator(decorator: string, place: MethodPlace, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_DECORATOR', {
    action: `Cannot use ${decorator} on ${showPlace(place)}`,
    detail,
    hint,
  });
}
