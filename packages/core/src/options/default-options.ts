import { DEFAULT_ITEM_SIZE_MAX } from '@memkit/protocol/internal';
import type { ClientSettings } from './client-settings.js';

/** What applies to every option that is absent or `undefined`. */
export const defaultSettings: ClientSettings = {
  protocol: 'auto',
  timeoutMs: 1000,
  ttlMs: Number.POSITIVE_INFINITY,
  keyPrefix: '',
  itemSizeMax: DEFAULT_ITEM_SIZE_MAX,
  maxQueuedRequests: 100_000,
  failover: 'next',
  reconnect: { initialDelayMs: 50, maxDelayMs: 2000 },
};
