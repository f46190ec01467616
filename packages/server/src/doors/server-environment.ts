import type { LoginKind } from '../accounts/credentials.js';
import type { ListeningAddress } from './listening-address.js';

/** The variables by which clients find a server; docs/reference/environment.md. */
export type ServerEnvironment = Readonly<Record<string, string>> & { readonly MEMCACHE_SERVERS: string };

export function environmentOf(
  address: ListeningAddress,
  user: { readonly username: string; readonly password: string } | undefined,
  login?: LoginKind,
): ServerEnvironment {
  const common = { MEMCACHE_SERVERS: address.url };
  if (user === undefined) return common;
  const { username, password } = user;
  return {
    ...common,
    MEMCACHE_USERNAME: username,
    MEMCACHE_PASSWORD: password,
    // What MemCachier sets; from it the client of memkit knows its size limit.
    ...(login === 'memcachier' && {
      MEMCACHIER_SERVERS: address.url,
      MEMCACHIER_USERNAME: username,
      MEMCACHIER_PASSWORD: password,
    }),
  };
}
