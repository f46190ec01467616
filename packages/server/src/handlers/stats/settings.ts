/** stats settings: what the server was started with, in memcached's words. */
import type { ServerFacts } from '../../server-facts.js';
import type { ItemStore } from '../../store/item-store.js';
import { SLAB_PAGE_BYTES } from '../../store/slab-classes.js';
import { WATCHER_BUFFER_BYTES } from '../../sessions/log-watcher.js';
import type { Stat } from './stat.js';

/** What a connection may speak, by the login (1.6.18 with -S and -Y). */
const BINDING_PROTOCOLS = { none: 'auto-negotiate', sasl: 'binary', ascii: 'ascii', memcachier: 'auto-negotiate' };

export function settingsStats(store: ItemStore, facts: ServerFacts): readonly Stat[] {
  const { place, login } = facts;
  const isSasl = login === 'sasl' || login === 'memcachier';
  const isAscii = login === 'ascii' || login === 'memcachier';
  return [
    ['maxbytes', String(store.memory.bytes)],
    ['maxconns', String(facts.maxConnections)],
    ['tcpport', String(facts.port)],
    ['udpport', '0'],
    ['inter', place.kind === 'tcp' ? place.host : 'NULL'],
    ['verbosity', String(store.stats.verbosity)],
    ['oldest', String(Math.max(0, store.clock.flushedUntil - facts.startedAt))],
    ['evictions', facts.disabled.has('evictions') ? 'off' : 'on'],
    ['domain_socket', place.kind === 'unix' ? place.path : 'NULL'],
    ['umask', (place.kind === 'unix' ? place.mode : 0o700).toString(8)],
    ['shutdown_command', yesOrNo(facts.onShutdown !== undefined)],
    ['growth_factor', '1.25'],
    ['chunk_size', '48'],
    ['num_threads', '1'],
    ['stat_key_prefix', store.prefixes.delimiter],
    ['detail_enabled', yesOrNo(store.prefixes.isEnabled)],
    ['cas_enabled', yesOrNo(!facts.disabled.has('cas'))],
    ['binding_protocol', BINDING_PROTOCOLS[login ?? 'none']],
    ['auth_enabled_sasl', yesOrNo(isSasl)],
    // memcached gives the name of its file of users here; these are in memory.
    ['auth_enabled_ascii', yesOrNo(isAscii)],
    ['item_size_max', String(facts.itemSizeMax)],
    ['maxconns_fast', 'yes'],
    ['slab_reassign', 'no'],
    ['slab_automove', '0'],
    ['slab_chunk_max', String(SLAB_PAGE_BYTES / 2)],
    ['lru_crawler', yesOrNo(store.isCrawlerEnabled)],
    ['lru_crawler_sleep', '100'],
    ['lru_crawler_tocrawl', '0'],
    ['flush_enabled', yesOrNo(!facts.disabled.has('flush-all'))],
    ['dump_enabled', yesOrNo(!facts.disabled.has('dumping'))],
    ['lru_maintainer_thread', 'no'],
    ['lru_segmented', 'no'],
    ['temp_lru', 'no'],
    ['idle_timeout', String(Math.ceil((facts.idleTimeoutMs ?? 0) / 1000))],
    ['watcher_logbuf_size', String(WATCHER_BUFFER_BYTES)],
    ['track_sizes', yesOrNo(store.sizes.isEnabled)],
    ['inline_ascii_response', 'no'],
    ['ssl_enabled', yesOrNo(facts.isTls)],
    ...(facts.version === '1.6.18' ? [] : ([['proxy_enabled', 'no']] as const)),
    ['memory_file', '(null)'],
    ...(facts.version === '1.6.18' ? [] : ([['client_flags_size', '4']] as const)),
  ];
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}
