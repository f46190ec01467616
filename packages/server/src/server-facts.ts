import type { LoginKind } from './accounts/credentials.js';
import type { SizeRule } from './store/size-rule.js';

/** What the server says about itself. */
export interface ServerFacts {
  readonly itemSizeMax: number;
  readonly sizeRule: SizeRule;
  /** Unix second of the start. */
  readonly startedAt: number;
  /** How clients log in; `undefined` when they need not. */
  readonly login: LoginKind | undefined;
  /** 0 without a TCP port. */
  readonly port: number;
}

/**
 * The memcached whose behaviour this server reproduces, given as its own version: clients read feature gates from it.
 */
export const COMPATIBLE_VERSION = '1.6.18';
