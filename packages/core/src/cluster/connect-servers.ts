/** Builds the cluster of what was discovered. Opens nothing: a connection connects with its first request. */
import { connectServer } from '../connection/connect-server.js';
import { parseServerList, type ListedServer } from '../discovery/connection-url.js';
import type { Discovery } from '../discovery/discover-servers.js';
import { connectEmbedded, warnAboutEmbeddedServer } from '../discovery/embedded-server.js';
import { EMBEDDED_NAME } from '../discovery/explain.js';
import type { ClientSettings } from '../options/client-settings.js';
import { DEFAULT_PORT } from '../options/server-address.js';
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
 * @throws `MEMCACHE_INVALID_OPTION` when the servers of the gutter cannot be read
 */
export function connectServers(discovery: Discovery, settings: ClientSettings, now: () => number): Router {
  const { failover, replicas, timeoutMs } = settings;
  const isEmbedded = discovery.servers.length === 0;
  const pool = createPool(settings, isEmbedded ? connectEmbeddedServer : connectServer);
  if (isEmbedded) warnAboutEmbeddedServer(discovery.source);
  pool.update(isEmbedded ? [EMBEDDED_SERVER] : discovery.servers);
  return new Router(pool, createGutter(discovery, settings), {
    failsOverToNext: failover === 'next',
    replicas,
    probeTimeoutMs: timeoutMs,
    now,
  });
}

type Connect = (server: ListedServer, settings: ClientSettings) => ServerLink;

function createPool(settings: ClientSettings, connect: Connect): ServerPool {
  return new ServerPool({
    ring: settings.ring,
    connect: (server) => connect(server, settings),
    createHealth: () => new ServerHealth(settings.health, Math.random),
  });
}

function connectEmbeddedServer(server: ListedServer, settings: ClientSettings): ServerLink {
  return connectServer(server, settings, { name: EMBEDDED_NAME, openSocket: connectEmbedded });
}

function createGutter({ servers }: Discovery, settings: ClientSettings): ServerPool | undefined {
  if (typeof settings.failover === 'string') return undefined;
  const gutter = createPool(settings, connectServer);
  const list = parseServerList(settings.failover.servers, 'option "failover.gutter.servers"');
  // Without credentials of their own they share those that all other servers have in common.
  const [first] = servers;
  const shared = servers.every(({ auth }) => auth === first?.auth) ? first?.auth : undefined;
  gutter.update(list.servers.map((server) => ({ ...server, auth: server.auth ?? shared })));
  return gutter;
}
