import type { StoredItem } from './stored-item.js';

const SHARDS = 512;
/** So many characters at the end of a key decide its shard: keys mostly differ there. */
const HASHED_CHARACTERS = 12;

/**
 * Items by key, in many small Maps: a Map that grows copies itself at once, which takes 100 ms and more with a million
 * entries, and every connection would wait for it.
 */
export class ItemIndex {
  #shards = makeShards();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): StoredItem | undefined {
    return this.#shardOf(key).get(key);
  }

  /** @param old what is there under the key: writing over it leaves no hole in the Map, and nothing to collect */
  put(item: StoredItem, old: StoredItem | undefined): void {
    this.#shardOf(item.key).set(item.key, item);
    if (old === undefined) this.#size += 1;
  }

  delete(key: string): boolean {
    const isDeleted = this.#shardOf(key).delete(key);
    if (isDeleted) this.#size -= 1;
    return isDeleted;
  }

  /** All items; also while some come and go. */
  *values(): Generator<StoredItem, void> {
    for (const shard of this.#shards) yield* shard.values();
  }

  clear(): void {
    this.#shards = makeShards();
    this.#size = 0;
  }

  #shardOf(key: string): Map<string, StoredItem> {
    let hash = key.length;
    for (let at = Math.max(0, key.length - HASHED_CHARACTERS); at < key.length; at += 1) {
      hash = Math.imul(hash, 31) + key.charCodeAt(at);
    }
    const shard = this.#shards[(hash ^ (hash >>> 15)) & (SHARDS - 1)];
    // The mask keeps the index inside.
    return shard as Map<string, StoredItem>;
  }
}

function makeShards(): readonly Map<string, StoredItem>[] {
  return Array.from({ length: SHARDS }, () => new Map<string, StoredItem>());
}
