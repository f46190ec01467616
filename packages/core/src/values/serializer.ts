/** Turns values that are neither text nor bytes into bytes, and back. */
export interface Serializer {
  /**
   * Text or bytes of a value, at once: a promise is refused. What it throws rejects the operation with `MEMCACHE_NOT_SERIALIZABLE`.
   * @param value anything but a string and a `Uint8Array`
   */
  serialize(value: unknown): string | Uint8Array;
  /**
   * The value again, but not `undefined`, which is a miss, or a promise of it. What it throws rejects the operation with `MEMCACHE_VALUE_CORRUPT`. The bytes may come from anybody
   * who can write to the cache: never execute what they hold.
   */
  deserialize(data: Buffer): unknown;
}
