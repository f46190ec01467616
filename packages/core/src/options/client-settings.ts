import type { RingPreset } from '../cluster/key-ring.js';
import type { Serializer } from '../values/serializer.js';
import type { ValueProfile } from '../values/value-profile.js';
import type {
  CompressionAlgorithm,
  DiscoveryMethod,
  ProtocolChoice,
  TlsOptions,
  TooLargePolicy,
} from './memcache-options.js';

/** Every option with its value, durations in milliseconds. */
export interface ClientSettings {
  readonly requireAuth: boolean;
  /** `undefined`: what each server's URL says. */
  readonly tls: TlsOptions | false | undefined;
  readonly protocol: ProtocolChoice;
  readonly timeoutMs: number;
  /** `Infinity`: forever. */
  readonly ttlMs: number;
  readonly keyPrefix: string;
  /** `undefined`: learned from each server. */
  readonly itemSizeMax: number | undefined;
  readonly onTooLarge: TooLargePolicy;
  readonly compression: CompressionSettings | false;
  readonly serializer: Serializer;
  readonly profile: ValueProfile;
  readonly pool: number;
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
  readonly ring: RingPreset;
  readonly failover: 'next' | 'none' | GutterSettings;
  readonly replicas: number;
  readonly health: HealthSettings;
  readonly discovery: { readonly method: DiscoveryMethod | undefined; readonly refreshMs: number };
  readonly reconnect: { readonly initialDelayMs: number; readonly maxDelayMs: number };
}

export interface CompressionSettings {
  readonly threshold: number;
  readonly algorithm: CompressionAlgorithm;
}

export interface GutterSettings {
  readonly servers: string | readonly string[];
  readonly ttlMs: number;
}

export interface HealthSettings {
  readonly failures: number;
  readonly downTimeMs: number;
  readonly maxDownTimeMs: number;
}
