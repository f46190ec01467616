/**
 * The nodes that an ElastiCache configuration endpoint lists. It is a memcached with one more command; its answer is
 *
 *   12\n                                                                    version of the list
 *   c.0001.use1.cache.amazonaws.com|10.82.235.120|11211 c.0002…|…|…\n       nodes: name, address (may be empty), port
 */
import { isDeepStrictEqual } from 'node:util';
import { MemcacheError, isMemcacheError } from '@memkit/protocol';
import { ClusterConfigurationCommand } from '../../commands/server-commands.js';
import type { ListedServer } from '../../discovery/connection-url.js';
import { showServer } from '../../options/server-address.js';
import type { ServerLink } from '../server-link.js';
import type { ServerLookup } from './server-lookup.js';

interface NodeList {
  readonly version: bigint;
  readonly nodes: readonly Pick<ListedServer, 'host' | 'port' | 'ip'>[];
}

interface KnownEndpoint {
  readonly endpoint: ListedServer;
  readonly link: ServerLink;
  last: NodeList | undefined;
}

/** `name.abc123.cfg.use1.cache.amazonaws.com`, as AWS names configuration endpoints. */
export function isConfigurationEndpoint({ host }: { readonly host: string }): boolean {
  return /\.cfg\.[a-z0-9-]+\.cache\.amazonaws\.com(\.cn)?$/i.test(host);
}

/**
 * @param concerns which configured servers are endpoints
 * @param connect makes the link to an endpoint, which is kept for the next refresh
 */
export function elastiCacheLookup(
  concerns: ServerLookup['concerns'],
  connect: (endpoint: ListedServer) => ServerLink,
): ServerLookup {
  const known = new Map<string, KnownEndpoint>();
  const forget = (name: string): void => {
    void known.get(name)?.link.close(0);
    known.delete(name);
  };
  return {
    concerns,
    async find(endpoint, deadlineAt) {
      const name = showServer(endpoint);
      let at = known.get(name);
      if (at === undefined || !isDeepStrictEqual(at.endpoint, endpoint)) {
        forget(name);
        known.set(name, (at = { endpoint, link: connect(endpoint), last: undefined }));
      }
      const read = parseNodeList(await askEndpoint(at.link, deadlineAt), name);
      // The endpoint's name leads to any node, and one that lags behind must not bring removed nodes back.
      if (at.last === undefined || read.version >= at.last.version) at.last = read;
      return at.last.nodes.map((node) => ({ ...endpoint, ...node }));
    },
    retain(configured) {
      const names = new Set(configured.map(showServer));
      for (const name of [...known.keys()]) if (!names.has(name)) forget(name);
    },
    async close(drainMs) {
      await Promise.all([...known.values()].map(async ({ link }) => link.close(drainMs)));
    },
  };
}

async function askEndpoint(link: ServerLink, deadlineAt: number): Promise<string> {
  try {
    return await link.send(new ClusterConfigurationCommand(), deadlineAt);
  } catch (error) {
    throw new MemcacheError('CONNECT_FAILED', {
      action: 'Cannot find the servers',
      server: link.name,
      detail: isMemcacheError(error) ? `the configuration endpoint did not tell them (${error.code})` : undefined,
      hint: 'Check that it is the configuration endpoint of an ElastiCache cluster; the client asks again.',
      cause: error,
    });
  }
}

/**
 * @param server the endpoint, for messages
 * @throws `MEMCACHE_CONNECT_FAILED` for an answer that lists no nodes
 */
export function parseNodeList(text: string, server: string): NodeList {
  const [version = '', nodes = ''] = text.split(/\r?\n/);
  const list = nodes
    .split(' ')
    .filter((node) => node !== '')
    .map(parseNode);
  const known = list.filter((node) => node !== undefined);
  if (/^\d{1,20}$/.test(version) && list.length > 0 && known.length === list.length) {
    return { version: BigInt(version), nodes: known };
  }
  throw new MemcacheError('CONNECT_FAILED', {
    action: 'Cannot find the servers',
    server,
    detail: 'the answer of the configuration endpoint is not a version and a list of nodes',
    hint: 'Check that it is the configuration endpoint of an ElastiCache cluster; the client asks again.',
  });
}

function parseNode(text: string): NodeList['nodes'][number] | undefined {
  const [, host, ip, port] = /^([^|\s]+)\|([^|\s]*)\|(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host: host.toLowerCase(), port: Number(port), ip: ip === '' ? undefined : ip };
}
