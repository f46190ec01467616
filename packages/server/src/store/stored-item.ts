/** One item in memory. The value is never changed in place: replies may still hold it while they are sent. */
export interface StoredItem {
  readonly key: string;
  value: Buffer;
  readonly flags: number;
  /** Unix second of its end; Infinity for never. */
  expiresAt: number;
  cas: bigint;
  /** Unix second of storing or of the access that made it active, as memcached keeps it. */
  time: number;
  /** Read at least once. */
  isFetched: boolean;
  /** Read at least twice. */
  isActive: boolean;
  /** Invalidated by `md I` or stored behind a newer version by `ms I`. */
  isStale: boolean;
  /** A client holds the right to recache it. */
  isTokenSent: boolean;
  /** Stored under a key sent in base64; replies encode it again. */
  readonly isBinaryKey: boolean;
  /** memcached's slab class of its size. */
  readonly slabClass: number;
  /** Neighbours in the order of use; see recency-list.ts. */
  older: StoredItem | undefined;
  newer: StoredItem | undefined;
}

/** What a new item needs; the rest starts at its defaults. */
export interface NewItem {
  readonly key: string;
  readonly value: Buffer;
  readonly flags: number;
  readonly expiresAt: number;
  /** Default: the next one. */
  readonly cas?: bigint | undefined;
  readonly isBinaryKey?: boolean;
  readonly isStale?: boolean;
  readonly isTokenSent?: boolean;
}
