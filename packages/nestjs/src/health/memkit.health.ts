import { PartialFailureError, isMemcacheError, type Memcache, type MemcacheError } from '@memkit/core';
import { Inject, Injectable } from '@nestjs/common';
import { MEMKIT_MEMCACHE } from '../memkit.constants.js';

/** How one server is. */
export type ServerHealth =
  | { readonly status: 'up'; readonly version: string }
  | { readonly status: 'down'; readonly code: string; readonly message: string };

/**
 * The indicator's answer, in the shape `@nestjs/terminus` expects. `degraded`: some servers answer and some do not;
 * their keys are on the others meanwhile.
 */
export type MemkitHealthResult<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'degraded' | 'down';
    /** Each server by its `host:port`. */
    readonly servers: Readonly<Record<string, ServerHealth>>;
  }
>;

/**
 * Tells `@nestjs/terminus` whether memcached answers. It never rejects, and answers within the client's `timeout`.
 * The answer names servers and error codes, and holds no credentials.
 * @example
 * \@Get('health') \@HealthCheck()
 * check() { return this.health.check([() => this.memcache.isHealthy()]); }
 */
@Injectable()
export class MemkitHealthIndicator {
  readonly #memcache: Memcache;

  constructor(@Inject(MEMKIT_MEMCACHE) memcache: Memcache) {
    this.#memcache = memcache;
  }

  /** @param key name of the indicator in the answer; default `'memcache'` */
  async isHealthy<const Key extends string = 'memcache'>(key?: Key): Promise<MemkitHealthResult<Key>> {
    const servers = await this.#askServers();
    const up = Object.values(servers).filter(({ status }) => status === 'up').length;
    const all = Object.keys(servers).length;
    const status = up === all ? 'up' : up > 0 ? 'degraded' : 'down';
    // The type parameter's default and the parameter's are the same word.
    return { [key ?? 'memcache']: { status, servers } } as MemkitHealthResult<Key>;
  }

  async #askServers(): Promise<Record<string, ServerHealth>> {
    const health: Record<string, ServerHealth> = {};
    try {
      for (const [server, version] of await this.#memcache.version()) health[server] = { status: 'up', version };
    } catch (error) {
      if (!isMemcacheError(error)) throw error;
      for (const server of this.#memcache.explain().servers) health[server] = healthAfter(error, server);
    }
    return health;
  }
}

function healthAfter(error: MemcacheError, server: string): ServerHealth {
  if (error instanceof PartialFailureError) {
    const version = error.values.get(server);
    if (typeof version === 'string') return { status: 'up', version };
    const failure = error.failures.get(server);
    if (failure) return { status: 'down', code: failure.code, message: failure.message };
  }
  // Of several servers that fail alike, the error names one.
  const isItsOwn = error.server === undefined || error.server === server;
  return { status: 'down', code: error.code, message: isItsOwn ? error.message : error.hint };
}
