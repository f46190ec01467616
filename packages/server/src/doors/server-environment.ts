import type { ListeningAddress } from './listening-address.js';

/** The variables by which clients find a server; docs/reference/environment.md. */
export type ServerEnvironment = Readonly<Record<string, string>> & { readonly MEMCACHE_SERVERS: string };

export function environmentOf(
  address: ListeningAddress,
  user: { readonly username: string; readonly password: string } | undefined,
): ServerEnvironment {
  return {
    MEMCACHE_SERVERS: address.url,
    ...(user === undefined ? {} : { MEMCACHE_USERNAME: user.username, MEMCACHE_PASSWORD: user.password }),
  };
}
