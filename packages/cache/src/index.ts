export { createCache } from './engine/create-cache.js';
export type { Cache, MemoizeOptions, Memoized } from './engine/cache-surface.js';
export type { TypedCache, TypedLoadOptions } from './engine/typed-cache.js';
export type { NearOptions, NearValues } from './near/near-options.js';
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
  WithOptions,
} from './engine/cache-options.js';
export { setDefaultCache } from './operations/default-cache.js';
export { memoize, type StandaloneMemoizeOptions } from './operations/memoize.js';
export { ReadThrough } from './decorators/read-through.js';
export { ReadThroughAssigned } from './decorators/read-through-assigned.js';
export { ReadThroughMulti } from './decorators/read-through-multi.js';
export { Update } from './decorators/update.js';
export { UpdateAssigned } from './decorators/update-assigned.js';
export { UpdateMulti } from './decorators/update-multi.js';
export { Invalidate } from './decorators/invalidate.js';
export { InvalidateAssigned } from './decorators/invalidate-assigned.js';
export { InvalidateMulti } from './decorators/invalidate-multi.js';
export { ReadCounter } from './decorators/read-counter.js';
export { DecrementCounter, IncrementCounter } from './decorators/change-counter.js';
export { UpdateCounter } from './decorators/update-counter.js';
export { CacheDefaults, type CacheDefaultsOptions } from './decorators/cache-defaults.js';
export { CacheKey, type CacheKeyDecorator } from './decorators/cache-key-method.js';
export { cacheKey } from './keys/cache-key.js';
export { Content } from './decorators/content-parameter.js';
export { Delta } from './decorators/delta-parameter.js';
export { Key, type KeyOptions } from './decorators/key-parameter.js';
export type {
  CacheMethodDecorator,
  CacheMultiMethodDecorator,
  ManyChanged,
  ManyItems,
} from './decorators/cache-method-decorator.js';
export type { ChangeCounterOptions, ReadCounterOptions, UpdateCounterOptions } from './decorators/counter-options.js';
export type {
  InvalidateAssignedOptions,
  InvalidateMultiOptions,
  InvalidateOptions,
  MethodKey,
  MethodOutcome,
  ReadThroughAssignedOptions,
  ReadThroughMultiOptions,
  ReadThroughOptions,
  UpdateAssignedOptions,
  UpdateMultiOptions,
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
export type { CacheCounters } from './telemetry/counters.js';
export type {
  CacheInvalidateMessage,
  CacheLoadFailedMessage,
  CacheReadMessage,
  CacheRefreshMessage,
  CacheRefusedMessage,
  CacheTroubleMessage,
} from './telemetry/channels.js';
