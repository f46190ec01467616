import type { CacheClient } from '@memkit/core';
import type { KeySpace } from '../keys/key-space.js';
import type { SingleFlight } from '../policies/single-flight.js';
import type { Counters } from '../telemetry/counters.js';
import type { CacheRead } from './cache-options.js';
import type { EntryReader } from './entry-reader.js';
import type { EntryWriter } from './entry-writer.js';
import type { Surroundings } from './surroundings.js';

/** What reads and writes of one cache work with. */
export interface Engine {
  readonly client: CacheClient;
  readonly keys: KeySpace;
  readonly reader: EntryReader;
  readonly writer: EntryWriter;
  /** Shared by all caches made from one with `with()`; so are the next two. */
  readonly flights: SingleFlight<CacheRead<unknown>>;
  /** Loads in the background, which nobody waits for. */
  readonly refreshes: SingleFlight<void>;
  readonly counters: Counters;
  readonly surroundings: Surroundings;
  /** No look at memcache, no joining: every read runs its loader. */
  readonly disabled: boolean;
}
