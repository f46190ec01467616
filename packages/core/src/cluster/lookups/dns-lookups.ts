/** Servers behind a name of the DNS: every address of it, or what its SRV records list. */
import { lookup, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MemcacheError } from '@memkit/protocol';
import { describeSocketError } from '../../connection/socket-errors.js';
import type { ListedServer } from '../../discovery/connection-url.js';
import { showServer } from '../../options/server-address.js';
import type { ServerLookup } from './server-lookup.js';

/** What is asked of the DNS, with the shapes of `node:dns/promises`. */
export interface DnsResolver {
  addressesOf(name: string): Promise<readonly { readonly address: string }[]>;
  servicesOf(
    name: string,
  ): Promise<
    readonly { readonly name: string; readonly port: number; readonly priority: number; readonly weight: number }[]
  >;
}

/** The system's own resolution for addresses, so that /etc/hosts counts as for any connection. */
export const systemResolver: DnsResolver = {
  addressesOf: (name) => lookup(name, { all: true }),
  servicesOf: (name) => resolveSrv(name),
};

/** Addresses are servers of their own on the ring; the certificate still has to be the name's. */
export function addressLookup(resolver: DnsResolver): ServerLookup {
  return {
    concerns: isName,
    async find(configured) {
      const { host, servername } = configured;
      const found = await ask(configured, 'addresses', () => resolver.addressesOf(host));
      return inOrder(found.map(({ address }) => ({ ...configured, host: address, servername: servername ?? host })));
    },
    close: () => Promise.resolve(),
  };
}

/** Records of the best priority; the others are for the time when those are gone from the DNS. */
export function serviceLookup(resolver: DnsResolver): ServerLookup {
  return {
    concerns: isName,
    async find(configured) {
      const found = await ask(configured, 'SRV records', () => resolver.servicesOf(configured.host));
      const best = Math.min(...found.map(({ priority }) => priority));
      return inOrder(
        found
          .filter(({ priority }) => priority === best)
          .map(({ name, port, weight }) => ({
            ...configured,
            host: name.toLowerCase().replace(/\.$/, ''),
            port,
            // 0 says "rarely" in a record (RFC 2782); a ring has no such place.
            weight: Math.max(1, weight),
          })),
      );
    },
    close: () => Promise.resolve(),
  };
}

function isName({ host, path }: ListedServer): boolean {
  return path === undefined && isIP(host) === 0;
}

async function ask<Found>(
  configured: ListedServer,
  what: string,
  resolve: () => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  let cause: unknown;
  try {
    const found = await resolve();
    if (found.length > 0) return found;
  } catch (error) {
    cause = error;
  }
  throw new MemcacheError('CONNECT_FAILED', {
    action: 'Cannot find the servers',
    server: showServer(configured),
    detail: cause === undefined ? `the name has no ${what}` : `asking for its ${what}, ${describeSocketError(cause)}`,
    hint: 'Check the name and the DNS; the client asks again.',
    cause,
  });
}

/** The DNS shuffles its answers, and rings of the modulo kind go by the order of the list. */
function inOrder(servers: readonly ListedServer[]): readonly ListedServer[] {
  const byName = new Map(servers.map((server) => [showServer(server), server]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}
