export { Memcache, createMemcache } from './memcache.js';
export type { Explanation } from './discovery/explain.js';
export type {
  CacheClient,
  CasItem,
  CounterOptions,
  OperationOptions,
  SetOptions,
  StoreOptions,
} from './cache-client.js';
export { parseDuration, parseTtl, type Duration, type Ttl } from './options/duration.js';
export type {
  AuthOptions,
  FailoverPolicy,
  MemcacheOptions,
  ProtocolChoice,
  ReconnectOptions,
} from './options/memcache-options.js';
export { MemcacheError, PartialFailureError, isMemcacheError, type MemcacheErrorCode } from '@memkit/protocol';
