export { createCache } from './engine/create-cache.js';
export type { Cache, MemoizeOptions, Memoized } from './engine/cache-surface.js';
export type {
  CacheOptions,
  CacheRead,
  Loader,
  LoaderContext,
  LoadMissingContext,
  LoadOptions,
  OnLocked,
  PreviousValue,
  ReadOutcome,
  ReadPolicy,
  Refresh,
  Validators,
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
export { lock, withLock, type Lock, type LockContext, type LockOptions } from './primitives/lock.js';
export {
  createRateLimiter,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimiterOptions,
} from './primitives/rate-limiter.js';
export {
  withIdempotencyKey,
  type IdempotencyOptions,
  type IdempotentResult,
  type IdempotentWork,
} from './primitives/idempotency.js';
export type {
  CacheInvalidateMessage,
  CacheLoadFailedMessage,
  CacheReadMessage,
  CacheTroubleMessage,
} from './telemetry/channels.js';
