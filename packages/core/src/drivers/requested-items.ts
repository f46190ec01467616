import type { ExpectedItems } from '@memkit/protocol/internal';
import type { WireItem } from './protocol-driver.js';

/**
 * The items of many keys as they come. Servers answer in the order of the request, so the next key is nearly always the
 * one behind the last; a proxy that does not keep the order costs a map.
 */
export class RequestedItems implements ExpectedItems {
  /** By the places of their keys; `undefined`: not there, or not yet. */
  readonly items: (WireItem | undefined)[];
  readonly #keys: readonly string[];
  #next = 0;
  #places: ReadonlyMap<string, number> | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
    this.items = new Array<WireItem | undefined>(keys.length).fill(undefined);
  }

  get nextKey(): string | undefined {
    return this.#keys[this.#next];
  }

  take(data: Buffer, flags: number): void {
    this.items[this.#next] = { data, flags, cas: 0n };
    this.#next += 1;
  }

  /** @returns whether somebody asked for the key */
  put(key: string, item: WireItem): boolean {
    const place = this.#find(key);
    if (place === undefined) return false;
    this.items[place] = item;
    return true;
  }

  #find(key: string): number | undefined {
    const place = this.#keys.indexOf(key, this.#next);
    if (place >= 0) {
      this.#next = place + 1;
      return place;
    }
    this.#places ??= new Map(this.#keys.map((requested, at) => [requested, at]));
    return this.#places.get(key);
  }
}
