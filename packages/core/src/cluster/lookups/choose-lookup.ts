import type { ListedServer } from '../../discovery/connection-url.js';
import type { DiscoveryMethod } from '../../options/memcache-options.js';
import type { ServerLink } from '../server-link.js';
import { addressLookup, serviceLookup, type DnsResolver } from './dns-lookups.js';
import { elastiCacheLookup, isConfigurationEndpoint } from './elasticache-lookup.js';
import type { ServerLookup } from './server-lookup.js';

/**
 * How the servers behind the configured ones are found; `undefined`: they are the configured ones.
 * @param method the option; `undefined`: ElastiCache where a name is one of its configuration endpoints, else static
 */
export function chooseLookup(
  method: DiscoveryMethod | undefined,
  configured: readonly ListedServer[],
  resolver: DnsResolver,
  connect: (endpoint: ListedServer) => ServerLink,
): ServerLookup | undefined {
  switch (method) {
    case 'static':
      return undefined;
    case 'dns':
      return addressLookup(resolver);
    case 'srv':
      return serviceLookup(resolver);
    case 'elasticache':
      return elastiCacheLookup(connect);
    case undefined: {
      if (!configured.some(isConfigurationEndpoint)) return undefined;
      const lookup = elastiCacheLookup(connect);
      return {
        ...lookup,
        find: (server, deadlineAt) =>
          isConfigurationEndpoint(server) ? lookup.find(server, deadlineAt) : Promise.resolve([server]),
      };
    }
  }
}
