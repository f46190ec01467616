import type { ListedServer } from './connection-url.js';

/**
 * Servers that are named later, as a gutter or a new list: where they say nothing themselves, they are reached as all the
 * servers that are known have in common, with the same login, over TLS, and with the same rule for sizes.
 */
export function shareAccess(servers: readonly ListedServer[], known: readonly ListedServer[]): readonly ListedServer[] {
  const [first] = known;
  if (first === undefined) return servers;
  const auth = known.every((server) => server.auth === first.auth) ? first.auth : undefined;
  const tls = known.every((server) => server.tls);
  const sizeRule = known.every((server) => server.sizeRule === first.sizeRule) ? first.sizeRule : undefined;
  return servers.map((server) => ({
    ...server,
    auth: server.auth ?? auth,
    tls: server.tls || tls,
    sizeRule: server.sizeRule === 'memcached' ? (sizeRule ?? server.sizeRule) : server.sizeRule,
  }));
}
