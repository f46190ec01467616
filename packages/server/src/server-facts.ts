/** What the server says about itself. */
export interface ServerFacts {
  readonly itemSizeMax: number;
  /** Unix second of the start. */
  readonly startedAt: number;
  readonly requiresLogin: boolean;
  /** 0 without a TCP port. */
  readonly port: number;
}

/**
 * The memcached whose behaviour this server reproduces, given as its own version: clients read feature gates from it.
 */
export const COMPATIBLE_VERSION = '1.6.18';
