/**
 * What counts against the limit of one item. `memcached`: key, value and bookkeeping. `key-and-value`: these two alone,
 * as at MemCachier (its documentation, "Key-Value size limit"; appended and prepended data count as well).
 */
export type SizeRule = 'memcached' | 'key-and-value';
