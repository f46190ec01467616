export { Memcache, createMemcache } from './memcache.js';
export type { Explanation } from './discovery/explain.js';
export type {
  CacheClient,
  CasItem,
  CloseOptions,
  CounterOptions,
  FreshCasItem,
  GetIfChangedOptions,
  OperationOptions,
  SetOptions,
  StoreOptions,
} from './cache-client.js';
export { parseDuration, parseTtl, type Duration, type Ttl } from './options/duration.js';
export type {
  AuthMechanism,
  AuthOptions,
  CompressionAlgorithm,
  CompressionOptions,
  CredentialsFunction,
  DiscoveryMethod,
  DiscoveryOptions,
  FailoverPolicy,
  GutterOptions,
  HealthOptions,
  MemcacheOptions,
  ProtocolChoice,
  ReconnectOptions,
  TlsOptions,
  TooLargePolicy,
} from './options/memcache-options.js';
export type { RingPreset } from './cluster/key-ring.js';
export type { Serializer } from './values/serializer.js';
export type { ValueProfile } from './values/value-profile.js';
export type { ConnectionMessage, WarningMessage } from './telemetry/channels.js';
export type { OperationMessage } from './telemetry/operation-channel.js';
export type { ServerReport } from './telemetry/server-report.js';
export { MemcacheError, PartialFailureError, isMemcacheError, type MemcacheErrorCode } from '@memkit/protocol';
