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
export type { CacheInvalidateMessage, CacheReadMessage, CacheTroubleMessage } from './telemetry/channels.js';
