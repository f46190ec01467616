import type { FailoverPolicy, ProtocolChoice } from './memcache-options.js';

/** Every option with its value, durations in milliseconds. */
export interface ClientSettings {
  readonly protocol: ProtocolChoice;
  readonly timeoutMs: number;
  /** `Infinity`: forever. */
  readonly ttlMs: number;
  readonly keyPrefix: string;
  readonly itemSizeMax: number;
  readonly maxQueuedRequests: number;
  readonly failover: FailoverPolicy;
  readonly reconnect: { readonly initialDelayMs: number; readonly maxDelayMs: number };
}
