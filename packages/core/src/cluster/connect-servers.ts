/** Builds the cluster of what was discovered. Opens nothing: a connection connects with its first request. */
import { connectServer } from '../connection/connect-server.js';
import { parseServerList, type ListedServer } from '../discovery/connection-url.js';
import type { Discovery } from '../discovery/discover-servers.js';
import { connectEmbedded, warnAboutEmbeddedServer } from '../discovery/embedded-server.js';
import { EMBEDDED_NAME } from '../discovery/explain.js';
import { shareAccess } from '../discovery/share-access.js';
import type { ClientSettings } from '../options/client-settings.js';
import { DEFAULT_PORT } from '../options/server-address.js';
import { chooseLookup } from './lookups/choose-lookup.js';
import { systemResolver, type DnsResolver } from './lookups/dns-lookups.js';
import { Membership } from './membership.js';
import { Router } from './router.js';
import { ServerHealth } from './server-health.js';
import type { ServerLink } from './server-link.js';
import { ServerPool } from './server-pool.js';

const EMBEDDED_SERVER: ListedServer = {
  host: EMBEDDED_NAME,
  port: DEFAULT_PORT,
  weight: 1,
  auth: undefined,
  tls: false,
  sizeRule: 'memcached',
};

/**
 * @param now the clock of deadlines
 * @param resolver what discovery by DNS asks
 * @throws `MEMCACHE_INVALID_OPTION` when the servers of the gutter cannot be read
 */
export function connectServers(
  discovery: Discovery,
  settings: ClientSettings,
  now: () => number,
  resolver: DnsResolver = systemResolver,
): Router {
  const { failover, replicas, timeoutMs } = settings;
  const gutter = createGutter(discovery, settings);
  return new Router(createMembership(discovery, settings, now, resolver), gutter, {
    failsOverToNext: failover === 'next',
    replicas,
    probeTimeoutMs: timeoutMs,
    now,
  });
}

function createMembership(
  { servers, source }: Discovery,
  settings: ClientSettings,
  now: () => number,
  resolver: DnsResolver,
): Membership {
  const { method, refreshMs } = settings.discovery;
  const isEmbedded = servers.length === 0;
  if (isEmbedded) warnAboutEmbeddedServer(source);
  const parts = {
    pool: createPool(settings),
    lookup: chooseLookup(isEmbedded ? 'static' : method, resolver, (endpoint) => connectServer(endpoint, settings)),
    refreshMs,
    timeoutMs: settings.timeoutMs,
    now,
  };
  return new Membership(parts, isEmbedded ? [EMBEDDED_SERVER] : servers);
}

function createPool(settings: ClientSettings): ServerPool {
  return new ServerPool({
    ring: settings.ring,
    connect: (server) => connect(server, settings),
    createHealth: () => new ServerHealth(settings.health, Math.random),
  });
}

/** The embedded server may be left for real ones later, and a real one may have its name. */
function connect(server: ListedServer, settings: ClientSettings): ServerLink {
  if (server !== EMBEDDED_SERVER) return connectServer(server, settings);
  return connectServer(server, settings, { name: EMBEDDED_NAME, openSocket: connectEmbedded });
}

function createGutter({ servers }: Discovery, settings: ClientSettings): ServerPool | undefined {
  if (typeof settings.failover === 'string') return undefined;
  const gutter = createPool(settings);
  const list = parseServerList(settings.failover.servers, 'option "failover.gutter.servers"');
  const { tls } = settings;
  gutter.update(
    shareAccess(list.servers, servers).map((server) => ({
      ...server,
      tls: tls === undefined ? server.tls : tls !== false,
    })),
  );
  return gutter;
}
