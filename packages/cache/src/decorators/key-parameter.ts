import { invalidDecorator, type MethodPlace } from './method-place.js';
import { ParameterMarks } from './parameter-marks.js';

/** Options of `@Key()`. */
export interface KeyOptions {
  /** Position among the parts of the key, a whole number from 0. Default: the parameters' own order counts. */
  readonly order?: number;
  /** `true`: `undefined`, `null` and `''` are values like any other. Default `false`: such a call is not cached. */
  readonly optional?: boolean;
}

/** One parameter marked with `@Key()`. */
export interface KeyParameter {
  /** Position among the method's parameters, from 0. */
  readonly index: number;
  readonly order: number | undefined;
  readonly optional: boolean;
}

const marks = new ParameterMarks<Omit<KeyParameter, 'index'>>('@Key');

/**
 * Makes the parameter part of the key. Several are joined by `/`, in the order of the parameters, or of `order` where
 * it is given; then every key parameter of the method must have one. An object stands for itself with its `@CacheKey()`.
 * @param options the order, any whole number from 0; or `{ order, optional }`
 * @throws `MEMCACHE_INVALID_DECORATOR` when the class is defined: on a constructor, or for an impossible order
 * @example
 * ```ts
 * class Prices {
 *   \@ReadThrough({ namespace: 'price', ttl: '1h' })
 *   async of(\@Key() sku: string, \@Key({ optional: true }) currency?: string) { return await shop.price(sku, currency); }
 * }
 * ```
 */
export function Key(options: number | KeyOptions = {}) {
  return (target: object, name: string | symbol | undefined, index: number): void => {
    const { order, optional = false } = typeof options === 'number' ? { order: options } : options;
    if (order !== undefined && !(Number.isInteger(order) && order >= 0)) {
      const place: MethodPlace = { target, name: name ?? 'constructor' };
      throw invalidDecorator('@Key', place, `the order is ${String(order)}`, 'Give a whole number from 0, or none.');
    }
    marks.add(target, name, index, { order, optional });
  };
}

/**
 * The marked parameters of a method in the order of the key's parts; empty when none is marked.
 * @throws `MEMCACHE_INVALID_DECORATOR` when two have the same order, or only some have one
 */
export function keyParametersOf(decorator: string, place: MethodPlace): readonly KeyParameter[] {
  const marked = marks.of(place);
  const orders = marked.flatMap(({ order }) => (order === undefined ? [] : [order]));
  if (orders.length > 0 && orders.length < marked.length) {
    throw invalidDecorator(
      decorator,
      place,
      'some of its @Key() have an order and some have none',
      'Give every @Key() of the method an order, or none.',
    );
  }
  const twice = orders.find((order, index) => orders.indexOf(order) !== index);
  if (twice !== undefined) {
    throw invalidDecorator(
      decorator,
      place,
      `two of its parameters have @Key(${twice})`,
      'Give each @Key() of the method an order of its own.',
    );
  }
  return marked.toSorted((a, b) => (a.order ?? a.index) - (b.order ?? b.index));
}
