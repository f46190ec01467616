const BUCKET_BYTES = 32;

/** `stats sizes`: how many items there are of which size, of those stored since it was enabled (items.c of 1.6.18). */
export class SizeHistogram {
  #buckets: Map<number, number> | undefined;
  #firstCas = 0n;

  get isEnabled(): boolean {
    return this.#buckets !== undefined;
  }

  /** @param nextCas items stored before have a lower one, and are not counted when they go either */
  enable(nextCas: bigint): void {
    if (this.#buckets !== undefined) return;
    this.#buckets = new Map();
    this.#firstCas = nextCas;
  }

  disable(): void {
    this.#buckets = undefined;
  }

  empty(): void {
    this.#buckets?.clear();
  }

  add(bytes: number, cas: bigint): void {
    this.#change(bytes, cas, 1);
  }

  remove(bytes: number, cas: bigint): void {
    this.#change(bytes, cas, -1);
  }

  /** Upper bound of a bucket in bytes, and how many items are in it. */
  entries(): readonly (readonly [bytes: number, items: number])[] {
    return [...(this.#buckets ?? [])].filter(([, items]) => items !== 0).sort(([left], [right]) => left - right);
  }

  #change(bytes: number, cas: bigint, by: number): void {
    if (this.#buckets === undefined || cas < this.#firstCas) return;
    const bucket = Math.ceil(bytes / BUCKET_BYTES) * BUCKET_BYTES;
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + by);
  }
}
