import { MemcacheError, isMemcacheError } from '@memkit/core';

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
  const name = classOf(target)?.name ?? '';
  return name === '' ? '(anonymous class)' : name;
}

/** The class a prototype or an instance belongs to; a class belongs to itself. */
export function classOf(target: unknown): (abstract new (...args: never[]) => unknown) | undefined {
  if (typeof target !== 'function' && (typeof target !== 'object' || target === null)) return undefined;
  const owner: unknown = typeof target === 'function' ? target : (target as { constructor?: unknown }).constructor;
  // Whatever made the object is its class, also a plain function with `new`.
  return typeof owner === 'function' ? (owner as abstract new (...args: never[]) => unknown) : undefined;
}

export function invalidDecorator(decorator: string, place: MethodPlace, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_DECORATOR', {
    action: `Cannot use ${decorator} on ${showPlace(place)}`,
    detail,
    hint,
  });
}

/** Runs a check of options that knows no class, and says with its failure where they stand. */
export function checkedAt(decorator: string, place: MethodPlace, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isMemcacheError(error)) throw error;
    const name = error.code === 'MEMCACHE_INVALID_TTL' ? 'INVALID_TTL' : 'INVALID_OPTION';
    const detail = error.message.endsWith(error.hint)
      ? error.message.slice(0, -error.hint.length).trim()
      : error.message;
    throw new MemcacheError(name, {
      action: `Cannot use ${decorator} on ${showPlace(place)}`,
      detail: detail.replace(/\.$/, ''),
      hint: error.hint,
      cause: error,
    });
  }
}
