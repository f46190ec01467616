import type { MethodPlace } from './method-place.js';
import { ParameterMarks } from './parameter-marks.js';

const marks = new ParameterMarks<object>('@Content');

/**
 * Makes the parameter, and not the result, what `@Update()`, `@UpdateMulti()`, `@UpdateAssigned()` and `@UpdateCounter()`
 * store.
 * @throws `MEMCACHE_INVALID_DECORATOR` when the class is defined: on a constructor, or twice on one method
 * @example
 * ```ts
 * class Users {
 *   \@Update({ namespace: 'user', ttl: '10m' })
 *   async save(\@Key() id: string, \@Content() user: User): Promise<void> { await database.saveUser(id, user); }
 * }
 * ```
 */
export function Content() {
  return (target: object, name: string | symbol | undefined, index: number): void => {
    marks.add(target, name, index, {});
  };
}

/** What a call stores: of one of its arguments, or of its result. */
export type ContentOf = (args: readonly unknown[], result: unknown) => unknown;

/** @throws `MEMCACHE_INVALID_DECORATOR` when more than one thing says where the content comes from */
export function contentReader(
  decorator: string,
  place: MethodPlace,
  content: ((...args: readonly unknown[]) => unknown) | undefined,
): ContentOf {
  const index = marks.onlyOneOf(decorator, place, 'content', content !== undefined);
  if (content) return (args) => content(...args);
  return index === undefined ? (_args, result) => result : (args) => args[index];
}
