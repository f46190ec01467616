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
export { ReadThrough } from './decorators/read-through.js';
export { ReadThroughMulti } from './decorators/read-through-multi.js';
export { Update } from './decorators/update.js';
export { Invalidate } from './decorators/invalidate.js';
export { Key } from './decorators/key-parameter.js';
export type { CacheMethodDecorator } from './decorators/define-decorator.js';
export type {
  InvalidateOptions,
  MethodKey,
  MethodOutcome,
  ReadThroughMultiOptions,
  ReadThroughOptions,
  UpdateOptions,
} from './decorators/decorator-options.js';
export type {
  CacheInvalidateMessage,
  CacheLoadFailedMessage,
  CacheReadMessage,
  CacheTroubleMessage,
} from './telemetry/channels.js';
