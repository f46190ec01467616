/**
 * The server inside this process, for development and tests without any configuration. There is one per process, so
 * that all clients see the same items, as they would on a memcached. Its connections are pairs of streams in memory: it
 * opens no port and does not keep the process alive.
 */
import type { Duplex } from 'node:stream';
import { publishWarning } from '../telemetry/channels.js';
import { EMBEDDED_NAME } from './explain.js';

type EmbeddedServer = Awaited<ReturnType<typeof startEmbeddedServer>>;

let server: Promise<EmbeddedServer> | undefined;
let hasWarned = false;

/** A new connection to the embedded server, which the first call loads and starts. */
export async function connectEmbedded(): Promise<Duplex> {
  server ??= startEmbeddedServer();
  return (await server).connect();
}

/** Loaded only here, so that a production process never reads the server's code. */
async function startEmbeddedServer() {
  const { createServer } = await import('@memkit/server');
  return createServer();
}

/** Once per process, where a person sees it: on standard error, as a warning of Node.js. */
export function warnAboutEmbeddedServer(source: string): void {
  publishWarning({ event: 'embedded-server', server: EMBEDDED_NAME });
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning('memkit keeps items in this process, because no memcache server is configured', {
    type: 'MemkitWarning',
    code: 'MEMKIT_EMBEDDED_SERVER',
    detail:
      `Found ${source}. Set MEMCACHE_SERVERS=host:11211 to use a memcached; ` +
      'with NODE_ENV=production the missing configuration is an error.',
  });
}
