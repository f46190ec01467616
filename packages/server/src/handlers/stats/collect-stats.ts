/** stats: the groups clients and dashboards read, as name and value pairs in memcached's order. */
import { connectionStats } from './connections.js';
import { generalStats } from './general.js';
import { itemStats } from './items.js';
import { settingsStats } from './settings.js';
import { disableSizes, enableSizes, sizeStats } from './sizes.js';
import { slabStats } from './slabs.js';
import type { Stat, StatsContext } from './stat.js';

/** The pairs of a group; `reset` after resetting the counters; `undefined` for a group this server does not have. */
export function collectStats(context: StatsContext, group: string): readonly Stat[] | 'reset' | undefined {
  const { store, facts } = context;
  switch (group) {
    case '':
      return generalStats(context);
    case 'settings':
      return settingsStats(store, facts);
    case 'items':
      return itemStats(store);
    case 'slabs':
      return slabStats(store);
    case 'sizes':
      return sizeStats(store);
    // Gone in 1.6.45, where sizes can only be counted from the start.
    case 'sizes_enable':
      return facts.version === '1.6.18' ? enableSizes(store) : undefined;
    case 'sizes_disable':
      return facts.version === '1.6.18' ? disableSizes(store) : undefined;
    case 'conns':
      return connectionStats(context);
    case 'reset':
      store.stats.reset();
      store.classes.reset();
      store.prefixes.reset();
      return 'reset';
    default:
      return undefined;
  }
}
