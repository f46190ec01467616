/**
 * How a connection to one server begins: which login, and how the protocol is found. What worked is remembered for the
 * next connections and forgotten when one of them fails, because a server may come back as another one.
 *
 *   protocol   credentials   mechanism              login          then speaks
 *   auto       none                                 none           what the server says of itself (detect)
 *   auto       given         auto, sasl             sasl           binary
 *   auto       given         ascii, memcachier      that one       detect
 *   binary     none                                 none           binary
 *   binary     given         auto, sasl             sasl           binary
 *   meta/text  none                                 none           that one
 *   meta/text  given         auto                   ascii (1)      that one
 *   meta/text  given         ascii, memcachier      that one       that one
 *
 *   (1) memcachier for hosts of MemCachier, whose ASCII login differs from memcached's.
 */
import { MemcacheError } from '@memkit/protocol';
import { isMemcachierHost } from '../discovery/memcachier-host.js';
import type { ProtocolName } from '../drivers/protocol-driver.js';
import type { AuthMechanism, ProtocolChoice } from '../options/memcache-options.js';

export type LoginForm = 'sasl' | 'ascii' | 'memcachier';

export interface ConnectPlan {
  readonly login: LoginForm | 'none';
  readonly then: ProtocolName | 'detect';
}

/**
 * @param mechanism `undefined`: no credentials
 * @throws `MEMCACHE_INVALID_OPTION` for a login the protocol does not have
 */
export function firstPlan(protocol: ProtocolChoice, mechanism: AuthMechanism | undefined, host: string): ConnectPlan {
  if (mechanism === undefined) return { login: 'none', then: protocol === 'auto' ? 'detect' : protocol };
  if (protocol === 'auto' || protocol === 'binary') {
    if (mechanism === 'auto' || mechanism === 'sasl') return { login: 'sasl', then: 'binary' };
    if (protocol === 'auto') return { login: mechanism, then: 'detect' };
    throw impossible(protocol, mechanism);
  }
  if (mechanism === 'sasl') throw impossible(protocol, mechanism);
  if (mechanism === 'auto') return { login: isMemcachierHost(host) ? 'memcachier' : 'ascii', then: protocol };
  return { login: mechanism, then: protocol };
}

function impossible(protocol: ProtocolChoice, mechanism: AuthMechanism): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use option "auth.mechanism"',
    detail: `the ${protocol} protocol has no login of the form "${mechanism}"`,
    hint: "SASL goes with the binary protocol, ASCII logins with meta and text; protocol 'auto' fits both.",
  });
}

/** Shared by the connections to one server. */
export class PlanMemory {
  #worked: ConnectPlan | undefined;

  /** The plan that worked last; `undefined`: start from the table. */
  get worked(): ConnectPlan | undefined {
    return this.#worked;
  }

  remember(plan: ConnectPlan): void {
    this.#worked = plan;
  }

  forget(): void {
    this.#worked = undefined;
  }
}
