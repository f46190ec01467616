import type { ListedServer } from '../../discovery/connection-url.js';
import type { DiscoveryMethod } from '../../options/memcache-options.js';
import type { ServerLink } from '../server-link.js';
import { addressLookup, serviceLookup, type DnsResolver } from './dns-lookups.js';
import { elastiCacheLookup, isConfigurationEndpoint } from './elasticache-lookup.js';
import type { ServerLookup } from './server-lookup.js';

/** The configured servers are the servers. */
const noLookup: ServerLookup = {
  concerns: () => false,
  find: (configured) => Promise.resolve([configured]),
  close: () => Promise.resolve(),
};

/**
 * How the servers behind the configured ones are found.
 * @param method the option; `undefined`: ElastiCache where a name is one of its configuration endpoints, else static
 */
export function chooseLookup(
  method: DiscoveryMethod | undefined,
  resolver: DnsResolver,
  connect: (endpoint: ListedServer) => ServerLink,
): ServerLookup {
  switch (method) {
    case 'static':
      return noLookup;
    case 'dns':
      return addressLookup(resolver);
    case 'srv':
      return serviceLookup(resolver);
    case 'elasticache':
      return elastiCacheLookup(() => true, connect);
    case undefined:
      return elastiCacheLookup(isConfigurationEndpoint, connect);
  }
}
