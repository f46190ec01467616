import type { SizeRule } from '../values/item-limits.js';

const MEMCACHIER_DOMAIN = /^([^/]*\.)?memcachier\.com\.?$/;

/**
 * MemCachier counts key and value against its limit of 1 MiB, memcached its bookkeeping as well.
 * @param isMemcachier the configuration itself says that the server is one of MemCachier
 */
export function sizeRuleOf(host: string, isMemcachier = false): SizeRule {
  return isMemcachier || MEMCACHIER_DOMAIN.test(host.toLowerCase()) ? 'key-and-value' : 'memcached';
}
