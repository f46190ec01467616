import { MemcacheError, type MemcacheErrorFacts } from '@memkit/protocol';

/** The server is a memcached, but knows no cluster. */
export function noClusterConfiguration(facts: MemcacheErrorFacts): MemcacheError {
  return new MemcacheError('UNKNOWN_COMMAND', {
    ...facts,
    detail: 'the server is no ElastiCache configuration endpoint',
    hint: 'Give the configuration endpoint of the cluster, or list its nodes as servers.',
  });
}
