import type { MemcachedVersion } from '@memkit/protocol/internal';
import type { StoredItem } from './stored-item.js';

const HIGH_HALF = 2 ** 32;

/** Gives items their CAS values, one after another; without CAS values (memcached -C) every one of them is 0. */
export class CasCounter {
  /** Whether items have a CAS value other than 0, and 8 bytes for it. */
  readonly isEnabled: boolean;
  #last: number;

  constructor(version: MemcachedVersion, isEnabled: boolean) {
    this.isEnabled = isEnabled;
    // The first item of 1.6.45 has 2.
    this.#last = isEnabled && version === '1.6.45' ? 1 : 0;
  }

  next(): bigint {
    if (this.isEnabled) this.#last += 1;
    return BigInt(this.#last);
  }

  /** The CAS value of a changed item: the one that was asked for, or the next one. */
  of(given: bigint | undefined): bigint {
    return this.isEnabled && given !== undefined ? given : this.next();
  }

  /** Writes what `of()` gives into the item, without a bigint for the next one. */
  assign(item: StoredItem, given: bigint | undefined): void {
    if (this.isEnabled && given !== undefined) {
      item.cas = given;
      return;
    }
    if (this.isEnabled) this.#last += 1;
    item.setCas(Math.floor(this.#last / HIGH_HALF), this.#last >>> 0);
  }
}
