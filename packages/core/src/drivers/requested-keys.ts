/**
 * Finds the keys of an answer among those that were asked for. Servers answer in the order of the request, so the next
 * key is nearly always the one behind the last; a proxy that does not keep the order costs a set.
 */
export class RequestedKeys {
  readonly #keys: readonly string[];
  #next = 0;
  #all: ReadonlySet<string> | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** The key whose item comes next when it is there. */
  get nextKey(): string | undefined {
    return this.#keys[this.#next];
  }

  /** The requested key that equals this one, the very string that was asked with; `undefined` when nobody asked for it. */
  find(key: string): string | undefined {
    const keys = this.#keys;
    for (let at = this.#next; at < keys.length; at += 1) {
      const requested = keys[at];
      if (requested !== key) continue;
      this.#next = at + 1;
      return requested;
    }
    this.#all ??= new Set(keys);
    return this.#all.has(key) ? key : undefined;
  }
}
