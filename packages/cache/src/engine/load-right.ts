import type { KnownVersions } from '../keys/versions.js';
import type { Lease } from '../policies/lease.js';

/** What a load needs to be stored: nothing that was invalidated after this was taken can come back. */
export interface LoadRight {
  readonly lease: Lease;
  readonly versions: KnownVersions;
  readonly anyTag: string | undefined;
}
