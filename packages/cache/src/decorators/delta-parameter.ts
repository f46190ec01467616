import type { MethodPlace } from './method-place.js';
import { ParameterMarks } from './parameter-marks.js';

const marks = new ParameterMarks<object>('@Delta');

/**
 * Makes the parameter, a whole number from 0, what `@IncrementCounter()` and `@DecrementCounter()` count by.
 * @throws `MEMCACHE_INVALID_DECORATOR` when the class is defined: on a constructor, or twice on one method
 * @example
 * ```ts
 * class Stock {
 *   \@DecrementCounter({ namespace: 'stock' })
 *   async sell(\@Key() sku: string, \@Delta() pieces: number) { await database.sell(sku, pieces); }
 * }
 * ```
 */
export function Delta() {
  return (target: object, name: string | symbol | undefined, index: number): void => {
    marks.add(target, name, index, {});
  };
}

/** @throws `MEMCACHE_INVALID_DECORATOR` when more than one thing says by how much to count */
export function deltaParameter(decorator: string, place: MethodPlace, isGiven: boolean): number | undefined {
  return marks.onlyOneOf(decorator, place, 'delta', isGiven);
}
