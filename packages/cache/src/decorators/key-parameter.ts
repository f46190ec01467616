import { invalidDecorator, type MethodPlace } from './method-place.js';

/** One parameter marked with `@Key()`. */
export interface KeyParameter {
  /** Position among the method's parameters, from 0. */
  readonly index: number;
  /** Position among the parts of the key; without it the parameters' own order counts. */
  readonly order: number | undefined;
}

const parametersOf = new WeakMap<object, Map<string | symbol, KeyParameter[]>>();

/**
 * Makes the parameter part of the key. Several are joined by `/`, in the order of the parameters, or of `order` where
 * it is given; then every key parameter of the method must have one.
 * @param order any whole number from 0
 * @throws `MEMCACHE_INVALID_DECORATOR` when the class is defined: on a constructor, or for an impossible order
 * @example
 * ```ts
 * class Prices {
 *   \@ReadThrough({ namespace: 'price', ttl: '1h' })
 *   async of(\@Key() sku: string, \@Key() currency: string) { return await shop.price(sku, currency); }
 * }
 * ```
 */
export function Key(order?: number) {
  return (target: object, name: string | symbol | undefined, index: number): void => {
    const place: MethodPlace = { target, name: name ?? 'constructor' };
    if (name === undefined)
      throw invalidDecorator('@Key', place, 'a constructor is not cached', 'Mark the parameter of a method.');
    if (order !== undefined && !(Number.isInteger(order) && order >= 0)) {
      throw invalidDecorator('@Key', place, `the order is ${String(order)}`, 'Give a whole number from 0, or none.');
    }
    const methods = parametersOf.get(target) ?? new Map<string | symbol, KeyParameter[]>();
    methods.set(name, [...(methods.get(name) ?? []), { index, order }]);
    parametersOf.set(target, methods);
  };
}

/**
 * The marked parameters of a method in the order of the key's parts; empty when none is marked.
 * @throws `MEMCACHE_INVALID_DECORATOR` when two have the same order, or only some have one
 */
export function keyParametersOf(decorator: string, place: MethodPlace): readonly KeyParameter[] {
  const marked = (place.target && parametersOf.get(place.target)?.get(place.name)) ?? [];
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
