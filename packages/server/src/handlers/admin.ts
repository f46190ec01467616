/** stats: the groups clients and dashboards read, as name and value pairs in memcached's order. */
import process from 'node:process';
import type { ServerFacts } from '../server-facts.js';
import type { ItemStore } from '../store/item-store.js';
import type { ServerCounter } from '../store/server-stats.js';

export type Stat = readonly [name: string, value: string];

/** What a connection may speak, by the login (1.6.18 with -S and -Y). */
const BINDING_PROTOCOLS = { none: 'auto-negotiate', sasl: 'binary', ascii: 'ascii', memcachier: 'auto-negotiate' };

/** The pairs of a group; `reset` after resetting the counters; `undefined` for a group this server does not have. */
export function collectStats(
  store: ItemStore,
  facts: ServerFacts,
  group: string,
): readonly Stat[] | 'reset' | undefined {
  switch (group) {
    case '':
      return generalStats(store, facts);
    case 'settings':
      return settingsStats(store, facts);
    case 'items':
      return itemStats(store);
    case 'slabs':
      return slabStats(store);
    case 'sizes':
      return [['sizes_status', 'disabled']];
    case 'reset':
      store.stats.reset();
      return 'reset';
    default:
      return undefined;
  }
}

function generalStats(store: ItemStore, facts: ServerFacts): readonly Stat[] {
  const { stats } = store;
  const now = store.now();
  const usage = process.resourceUsage();
  const counter = (name: ServerCounter): Stat => [name, String(stats.get(name))];
  return [
    ['pid', String(process.pid)],
    ['uptime', String(now - facts.startedAt)],
    ['time', String(now)],
    ['version', facts.version],
    ['pointer_size', '64'],
    ['rusage_user', (usage.userCPUTime / 1e6).toFixed(6)],
    ['rusage_system', (usage.systemCPUTime / 1e6).toFixed(6)],
    ['curr_connections', String(stats.currentConnections)],
    counter('total_connections'),
    counter('rejected_connections'),
    counter('cmd_get'),
    counter('cmd_set'),
    counter('cmd_flush'),
    counter('cmd_touch'),
    counter('cmd_meta'),
    counter('get_hits'),
    counter('get_misses'),
    counter('get_expired'),
    counter('get_flushed'),
    counter('delete_misses'),
    counter('delete_hits'),
    counter('incr_misses'),
    counter('incr_hits'),
    counter('decr_misses'),
    counter('decr_hits'),
    counter('cas_misses'),
    counter('cas_hits'),
    counter('cas_badval'),
    counter('touch_hits'),
    counter('touch_misses'),
    counter('store_too_large'),
    counter('store_no_memory'),
    counter('auth_cmds'),
    counter('auth_errors'),
    counter('bytes_read'),
    counter('bytes_written'),
    ['limit_maxbytes', String(store.memory)],
    ['accepting_conns', '1'],
    ['threads', '1'],
    ['bytes', String(store.bytes)],
    ['curr_items', String(store.size)],
    counter('total_items'),
    counter('evictions'),
  ];
}

function settingsStats(store: ItemStore, facts: ServerFacts): readonly Stat[] {
  return [
    ['maxbytes', String(store.memory)],
    ['tcpport', String(facts.port)],
    ['udpport', '0'],
    ['verbosity', '0'],
    ['evictions', 'on'],
    ['num_threads', '1'],
    ['stat_key_prefix', ':'],
    ['detail_enabled', 'no'],
    ['cas_enabled', 'yes'],
    ['binding_protocol', BINDING_PROTOCOLS[facts.login ?? 'none']],
    ['auth_enabled_sasl', facts.login === 'sasl' || facts.login === 'memcachier' ? 'yes' : 'no'],
    // memcached gives the name of its file of users here; these are in memory.
    ['auth_enabled_ascii', facts.login === 'ascii' || facts.login === 'memcachier' ? 'yes' : 'no'],
    ['item_size_max', String(facts.itemSizeMax)],
    ['flush_enabled', 'yes'],
    ['dump_enabled', 'no'],
    ['lru_segmented', 'no'],
  ];
}

/** One class: this store keeps all sizes together. An empty server has none, as memcached. */
function itemStats(store: ItemStore): readonly Stat[] {
  if (store.size === 0) return [];
  return [
    ['items:1:number', String(store.size)],
    ['items:1:mem_requested', String(store.bytes)],
    ['items:1:evicted', String(store.stats.get('evictions'))],
  ];
}

function slabStats(store: ItemStore): readonly Stat[] {
  return [
    ['1:used_chunks', String(store.size)],
    ['1:mem_requested', String(store.bytes)],
    ['active_slabs', '1'],
    ['total_malloced', String(store.bytes)],
  ];
}
