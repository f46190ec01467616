/**
 * stats without a group. What can never happen here is 0, as it is on a memcached that never met it; what this server
 * has no number for is left out: the README of the package lists it, and stats-groups.integration.spec.ts in
 * internal/cross-tests compares.
 */
import process from 'node:process';
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { COMMAND_COUNTERS, type ServerCounter } from '../../store/server-stats.js';
import type { Stat, StatsContext } from './stat.js';

const BEHIND_THREADS: Readonly<Record<MemcachedVersion, readonly Stat[]>> = {
  '1.6.18': [
    ['conn_yields', '0'],
    ['slab_reassign_rescues', '0'],
    ['slab_reassign_chunk_rescues', '0'],
    ['slab_reassign_evictions_nomem', '0'],
    ['slab_reassign_inline_reclaim', '0'],
    ['slab_reassign_busy_items', '0'],
    ['slab_reassign_busy_deletes', '0'],
    ['slab_reassign_running', '0'],
    ['slabs_moved', '0'],
  ],
  '1.6.45': [
    ['conn_yields', '0'],
    ['slab_reassign_rescues', '0'],
    ['slab_reassign_chunk_rescues', '0'],
    ['slab_reassign_inline_reclaim', '0'],
    ['slab_reassign_busy_items', '0'],
    ['slab_reassign_busy_deletes', '0'],
    ['slab_reassign_busy_nomem', '0'],
    ['slab_reassign_last_busy_status', 'none'],
    ['slab_reassign_running', '0'],
    ['slabs_moved', '0'],
  ],
};

export function generalStats({ store, facts }: StatsContext): readonly Stat[] {
  const { stats, classes, log } = store;
  const now = store.clock.now();
  const usage = process.resourceUsage();
  const counter = (name: ServerCounter): Stat => number(name, stats.get(name));
  return [
    number('pid', process.pid),
    number('uptime', now - facts.startedAt),
    number('time', now),
    ['version', facts.version],
    number('pointer_size', 64),
    ['rusage_user', (usage.userCPUTime / 1e6).toFixed(6)],
    ['rusage_system', (usage.systemCPUTime / 1e6).toFixed(6)],
    number('max_connections', facts.maxConnections),
    number('curr_connections', stats.currentConnections),
    counter('total_connections'),
    counter('rejected_connections'),
    number('connection_structures', stats.currentConnections),
    number('response_obj_oom', 0),
    number('read_buf_oom', 0),
    ...COMMAND_COUNTERS.filter((name) => name !== 'idle_kicks' || facts.idleTimeoutMs !== undefined).map(counter),
    number('limit_maxbytes', store.memory.bytes),
    number('accepting_conns', 1),
    number('listen_disabled_num', 0),
    number('time_in_listen_disabled_us', 0),
    number('threads', 1),
    ...BEHIND_THREADS[facts.version],
    number('lru_crawler_running', store.isSweeping ? 1 : 0),
    counter('lru_crawler_starts'),
    number('lru_maintainer_juggles', 0),
    number('malloc_fails', 0),
    number('log_worker_dropped', 0),
    number('log_worker_written', log.written),
    number('log_watcher_skipped', log.skipped),
    number('log_watcher_sent', log.sent),
    number('log_watchers', log.watchers),
    number('unexpected_napi_ids', 0),
    number('round_robin_fallback', 0),
    number('bytes', store.bytes),
    number('curr_items', store.size),
    counter('total_items'),
    number('slab_global_page_pool', 0),
    number('expired_unfetched', classes.sum('expiredUnfetched')),
    number('evicted_unfetched', classes.sum('evictedUnfetched')),
    number('evicted_active', classes.sum('evictedActive')),
    counter('evictions'),
    number('reclaimed', classes.sum('reclaimed')),
    number('crawler_reclaimed', classes.sum('crawlerReclaimed')),
    number('crawler_items_checked', classes.sum('crawlerItemsChecked')),
    ...['lrutail_reflocked', 'moves_to_cold', 'moves_to_warm', 'moves_within_lru', 'direct_reclaims'].map((name) =>
      number(name, 0),
    ),
    number('lru_bumps_dropped', 0),
  ];
}

function number(name: string, value: number): Stat {
  return [name, String(value)];
}
