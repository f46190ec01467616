/** `stats detail`: requests by what stands before the first delimiter of their keys, a colon unless told otherwise (stats_prefix.c of 1.6.18). */

const DEFAULT_DELIMITER = ':';
/** memcached counts as many prefixes as there are; here one client cannot take all memory with them. */
const MOST_PREFIXES = 10_000;

interface PrefixCounts {
  gets: number;
  hits: number;
  sets: number;
  deletes: number;
}

export class PrefixStats {
  isEnabled: boolean;
  readonly delimiter: string;
  readonly #prefixes = new Map<string, PrefixCounts>();

  /** @param delimiter with it, as with memcached's -D, counting begins at once */
  constructor(delimiter?: string) {
    this.isEnabled = delimiter !== undefined;
    this.delimiter = delimiter ?? DEFAULT_DELIMITER;
  }

  countGet(key: string, isHit: boolean): void {
    const counts = this.#find(key);
    if (counts === undefined) return;
    counts.gets += 1;
    if (isHit) counts.hits += 1;
  }

  countSet(key: string): void {
    const counts = this.#find(key);
    if (counts !== undefined) counts.sets += 1;
  }

  countDelete(key: string): void {
    const counts = this.#find(key);
    if (counts !== undefined) counts.deletes += 1;
  }

  /** Lines without their ends. */
  dump(): readonly string[] {
    return [...this.#prefixes].map(
      ([prefix, { gets, hits, sets, deletes }]) =>
        `PREFIX ${prefix} get ${String(gets)} hit ${String(hits)} set ${String(sets)} del ${String(deletes)}`,
    );
  }

  reset(): void {
    this.#prefixes.clear();
  }

  /** A key without the delimiter has no prefix and is not counted. */
  #find(key: string): PrefixCounts | undefined {
    if (!this.isEnabled) return undefined;
    const end = key.indexOf(this.delimiter);
    if (end < 0) return undefined;
    const prefix = key.slice(0, end);
    let counts = this.#prefixes.get(prefix);
    if (counts === undefined && this.#prefixes.size < MOST_PREFIXES) {
      counts = { gets: 0, hits: 0, sets: 0, deletes: 0 };
      this.#prefixes.set(prefix, counts);
    }
    return counts;
  }
}
