import type { CredentialVariables } from './environment.js';
import type { ServerList } from './connection-url.js';

/** Something that says which servers there are: the option, a variable, a bound service. */
export interface ServerSource {
  /** As `explain()` shows it: `option "servers"`, `MEMCACHED_URL`, `service "sessions" of VCAP_SERVICES`. */
  readonly name: string;
  /** @throws `MEMCACHE_INVALID_OPTION` for a list that cannot be read */
  readonly read: () => ServerList;
  /** Variables beside this one that hold the credentials of its servers. */
  readonly credentials?: CredentialVariables | undefined;
  /** How to choose it while another of its kind comes first: `{ service: 'sessions' }`. */
  readonly choice?: string | undefined;
}
