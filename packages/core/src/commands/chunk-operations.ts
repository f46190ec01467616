import type { MemcacheError } from '@memkit/protocol';
import type { FoundItems, OutgoingItem, StoreMode } from '../drivers/protocol-driver.js';
import type { Deadline } from '../cluster/deadline.js';

/** What many keys brought; a key that has neither an item nor a failure is a miss. */
export interface ItemsRead {
  readonly items: FoundItems;
  readonly failures: ReadonlyMap<string, MemcacheError>;
}

/** What chunked values need of the client: commands on single items, sent in the tick they are called. */
export interface ChunkOperations {
  /** Whether the condition of mode and CAS held. */
  store(mode: StoreMode, key: string, item: OutgoingItem, deadline: Deadline): Promise<boolean>;
  /** One round trip per server; never rejects. */
  getMany(keys: readonly string[], deadline: Deadline): Promise<ItemsRead>;
  /** Whether the key was there. */
  touch(key: string, exptime: number, deadline: Deadline): Promise<boolean>;
  delete(key: string, deadline: Deadline): Promise<boolean>;
  /** Settles when earlier values of the key are on their way; `undefined`: they are. */
  turnOver(name: string, key: string, deadline: Deadline): Promise<void> | undefined;
  /** The client's whole timeout from now, for work that no caller waits for. */
  backgroundDeadline(): Deadline;
}
