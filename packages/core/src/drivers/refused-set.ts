import { MemcacheError, type MemcacheErrorFacts } from '@memkit/protocol';
import type { DriverSession } from './driver-session.js';
import type { OutgoingItem, StoreMode } from './protocol-driver.js';

/**
 * Whether "not stored" means that the credential may not write. MemCachier's documentation ("Credentials") says that a
 * read-only one gets "value not set"; no memcached refuses a set without a condition in these words.
 */
export function isRefusedSet(mode: StoreMode, { cas }: OutgoingItem, { isLoggedIn }: DriverSession): boolean {
  return isLoggedIn && mode === 'set' && cas === 0n;
}

export function refusedSet(facts: MemcacheErrorFacts): MemcacheError {
  const detail = 'the server answered "not stored" to a set, which a credential gets that may only read';
  return new MemcacheError('NOT_PERMITTED', { ...facts, detail });
}
