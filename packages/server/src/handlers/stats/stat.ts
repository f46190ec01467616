import type { ServerFacts } from '../../server-facts.js';
import type { ConnectionList } from '../../sessions/connection-list.js';
import type { ItemStore } from '../../store/item-store.js';

export type Stat = readonly [name: string, value: string];

export interface StatsContext {
  readonly store: ItemStore;
  readonly facts: ServerFacts;
  readonly connections: ConnectionList;
}
