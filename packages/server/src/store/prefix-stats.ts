/** `stats detail`: requests by what stands before the first colon of their keys (stats_prefix.c of 1.6.18). */

const DELIMITER = ':';
/** memcached counts as many prefixes as there are; here one client cannot take all memory with them. */
const MOST_PREFIXES = 10_000;

interface PrefixCounts {
  gets: number;
  hits: number;
  sets: number;
  deletes: number;
}

export class PrefixStats {
  isEnabled = false;
  readonly #prefixes = new Map<string, PrefixCounts>();

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

  /** A key without a colon has no prefix and is not counted. */
  #find(key: string): PrefixCounts | undefined {
    if (!this.isEnabled) return undefined;
    const end = key.indexOf(DELIMITER);
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
