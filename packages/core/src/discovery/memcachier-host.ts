const MEMCACHIER_DOMAIN = /^([^/]*\.)?memcachier\.com\.?$/i;

/** Whose ASCII login and limits are MemCachier's. A Unix socket's path is no host, whatever its name. */
export function isMemcachierHost(host: string): boolean {
  return MEMCACHIER_DOMAIN.test(host);
}
