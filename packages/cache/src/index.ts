export { createCache } from './engine/create-cache.js';
export type { Cache, MemoizeOptions, Memoized } from './engine/cache-surface.js';
export type {
  CacheOptions,
  CacheRead,
  Loader,
  LoaderContext,
  LoadOptions,
  ReadOutcome,
  WhenUnavailable,
} from './engine/cache-options.js';
export { setDefaultCache } from './operations/default-cache.js';
export { memoize, type StandaloneMemoizeOptions } from './operations/memoize.js';
export type {
  CacheInvalidateMessage,
  CacheLoadFailedMessage,
  CacheReadMessage,
  CacheTroubleMessage,
} from './telemetry/channels.js';
