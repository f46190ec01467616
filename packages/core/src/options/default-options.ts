import { jsonSerializer } from '../values/json-serializer.js';
import type { ClientSettings, CompressionSettings } from './client-settings.js';

/** How long `close()` waits for replies, in milliseconds. */
export const DEFAULT_DRAIN_MS = 1000;

export const defaultCompression: CompressionSettings = { threshold: 4096, algorithm: 'deflate' };

/** What applies to every option that is absent or `undefined`. */
export const defaultSettings: ClientSettings = {
  requireAuth: false,
  tls: undefined,
  protocol: 'auto',
  timeoutMs: 1000,
  ttlMs: Number.POSITIVE_INFINITY,
  keyPrefix: '',
  itemSizeMax: undefined,
  onTooLarge: 'error',
  compression: defaultCompression,
  serializer: jsonSerializer,
  profile: 'memkit',
  pool: 1,
  maxQueuedRequests: 100_000,
  maxQueuedBytes: 268_435_456,
  ring: 'ketama',
  failover: 'next',
  replicas: 0,
  health: { failures: 3, downTimeMs: 1000, maxDownTimeMs: 30_000 },
  discovery: { method: undefined, refreshMs: 60_000 },
  reconnect: { initialDelayMs: 50, maxDelayMs: 2000 },
};
