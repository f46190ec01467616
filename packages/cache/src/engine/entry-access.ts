import type { CacheClient } from '@memkit/core';
import type { NearCache } from '../near/near-cache.js';
import type { TickReads } from '../scope/tick-reads.js';
import type { Surroundings } from './surroundings.js';

/** What entries are read and written through. */
export interface EntryAccess {
  readonly client: CacheClient;
  readonly near: NearCache | undefined;
  readonly tickReads: TickReads;
  readonly surroundings: Surroundings;
}
