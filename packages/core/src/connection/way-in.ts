/** What all connections to one server share about getting in: where, how, with which credentials, and what worked last. */
import { now } from '../clock.js';
import type { ProtocolChoice } from '../options/memcache-options.js';
import { showServer, type ServerAddress } from '../options/server-address.js';
import { firstPlan, PlanMemory, type ConnectPlan } from './connect-plan.js';
import type { ConnectionEvent, WayInOptions } from './connection-options.js';
import { Credentials } from './credentials.js';
import { networkOpener, openerOf, type Opener } from './open-socket.js';
import type { ProbeWays } from './silence-probe.js';
import { TlsWay } from './tls-way.js';

const NETWORK_HINT =
  'Nothing answers at this host and port: check both, a firewall in between, and whether the server takes more connections (memcached -c).';
const IN_PROCESS_HINT =
  'The server is part of this process, which loads it at the first operation and was busy: raise the timeout, or configure a memcached.';

export class WayIn {
  /** How messages call the server. */
  readonly name: string;
  readonly address: ServerAddress;
  readonly protocol: ProtocolChoice;
  readonly requireAuth: boolean;
  readonly isTls: boolean;
  /** Whether the server's certificate is not looked at. */
  readonly isUnverified: boolean;
  readonly credentials: Credentials | undefined;
  readonly memory = new PlanMemory();
  readonly open: Opener;
  readonly probes: ProbeWays;
  /** What to do when there is no connection in time. */
  readonly unreachableHint: string;
  readonly now: () => number;
  readonly #onEvent: (event: ConnectionEvent) => void;
  readonly #told = new Set<ConnectionEvent['type']>();

  constructor(options: WayInOptions) {
    const { server, tls, openSocket, auth } = options;
    this.name = options.name ?? showServer(server);
    this.address = server;
    this.protocol = options.protocol;
    this.requireAuth = options.requireAuth ?? false;
    this.isTls = tls !== undefined && openSocket === undefined;
    this.isUnverified = this.isTls && tls?.rejectUnauthorized === false;
    this.credentials = auth === undefined ? undefined : new Credentials(auth);
    this.now = options.now ?? now;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.unreachableHint = openSocket === undefined ? NETWORK_HINT : IN_PROCESS_HINT;
    if (openSocket === undefined) {
      this.open = networkOpener(server, tls && new TlsWay(tls, server, options.servername));
      const unverified = new TlsWay({ rejectUnauthorized: false }, server, options.servername);
      this.probes = {
        same: this.open,
        plain: this.isTls ? networkOpener(server, undefined) : undefined,
        tls: this.isTls ? undefined : networkOpener(server, unverified),
      };
    } else {
      this.open = openerOf(openSocket);
      this.probes = { same: this.open, plain: undefined, tls: undefined };
    }
  }

  /** @throws `MEMCACHE_INVALID_OPTION` for a login the protocol does not have */
  plan(mechanism: Parameters<typeof firstPlan>[1]): ConnectPlan {
    return this.memory.worked ?? firstPlan(this.protocol, mechanism, this.address.host);
  }

  emit(event: ConnectionEvent): void {
    this.#onEvent(event);
  }

  emitOnce(event: ConnectionEvent): void {
    if (this.#told.has(event.type)) return;
    this.#told.add(event.type);
    this.#onEvent(event);
  }
}
