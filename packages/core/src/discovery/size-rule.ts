import type { SizeRule } from '../values/item-limits.js';
import { isMemcachierHost } from './memcachier-host.js';

/**
 * MemCachier counts key and value against its limit of 1 MiB, memcached its bookkeeping as well.
 * @param isMemcachier the configuration itself says that the server is one of MemCachier
 */
export function sizeRuleOf(host: string, isMemcachier = false): SizeRule {
  return isMemcachier || isMemcachierHost(host) ? 'key-and-value' : 'memcached';
}
