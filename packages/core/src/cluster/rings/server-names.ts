/**
 * Servers as other clients name them on their rings. The name decides where keys go, so list the servers here as they
 * are listed there: `localhost` and `127.0.0.1` are two servers to a ring. We keep hosts in lower case.
 */
import { DEFAULT_PORT, type ServerAddress } from '../../options/server-address.js';

/**
 * libmemcached leaves its default port out, writes IPv6 without brackets, and gives a Unix socket port 0:
 * `cache-1`, `cache-1:22011`, `::1:22011`, `/run/memcached.sock:0`.
 */
export function libmemcachedName({ host, port, path }: ServerAddress): string {
  if (path !== undefined) return `${path}:0`;
  return port === DEFAULT_PORT ? host : `${host}:${String(port)}`;
}

/**
 * Dalli and pymemcache always write the port, IPv6 without brackets, and a Unix socket as its path alone:
 * `cache-1:11211`, `::1:11211`, `/run/memcached.sock`.
 */
export function hostAndPort({ host, port, path }: ServerAddress): string {
  return path ?? `${host}:${String(port)}`;
}
