import type { MemcachedVersion } from '@memkit/protocol/internal';
import type { LoginKind } from './accounts/credentials.js';
import type { DisabledFeature } from './disabled-feature.js';
import type { ListeningPlace } from './doors/listening-place.js';
import type { SizeRule } from './store/size-rule.js';

/** What the server says about itself. */
export interface ServerFacts {
  /** The memcached whose behaviour it reproduces, given as its own version: clients read feature gates from it. */
  readonly version: MemcachedVersion;
  readonly itemSizeMax: number;
  readonly sizeRule: SizeRule;
  /** Unix second of the start. */
  readonly startedAt: number;
  /** How clients log in; `undefined` when they need not. */
  readonly login: LoginKind | undefined;
  readonly maxConnections: number;
  /** `undefined`: idle connections stay. */
  readonly idleTimeoutMs: number | undefined;
  readonly disabled: ReadonlySet<DisabledFeature>;
  /** What `shutdown` does; `undefined`: it is refused. */
  readonly onShutdown: (() => void) | undefined;
  readonly place: ListeningPlace;
  readonly isTls: boolean;
  /** 0 without a TCP port. */
  readonly port: number;
}

/** The version unless the option says otherwise. It serves the flags of 1.6.45 all the same. */
export const COMPATIBLE_VERSION: MemcachedVersion = '1.6.18';
