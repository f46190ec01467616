/** The open connections of a server, for `stats conns` and `watch connevents`. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListeningPlace } from '../doors/listening-place.js';
import type { EventLog } from '../store/event-log.js';
import type { RequestCodec } from './pending-request.js';

/** `error`: because of what the client sent. */
export type CloseReason = 'normal' | 'error' | 'idle_timeout';

export interface OpenConnection {
  /** 1 for the first one of the server; memcached gives the number of the file. */
  readonly id: number;
  readonly stream: Duplex;
  /** As memcached writes it: `tcp:127.0.0.1:50000`, `unix:/path`; `memory` without a socket. */
  readonly address: string;
  readonly listenAddress: string;
  /** By the system clock, in milliseconds. */
  lastDataMs: number;
  closeReason: CloseReason;
  /** Tells whether data of a request is awaited; `undefined` before the first byte. */
  codec: Pick<RequestCodec, 'isAmidData'> | undefined;
  /** It only shows what happens. */
  isWatching: boolean;
}

export class ConnectionList {
  readonly #log: EventLog;
  readonly #connections = new Set<OpenConnection>();
  #lastId = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  open(): Iterable<OpenConnection> {
    return this.#connections;
  }

  /** Until the stream closes. */
  add(stream: Duplex, place: ListeningPlace): OpenConnection {
    this.#lastId += 1;
    const { address, listenAddress, event } = describe(stream, place);
    const id = this.#lastId;
    const connection: OpenConnection = {
      id,
      stream,
      address,
      listenAddress,
      lastDataMs: Date.now(),
      closeReason: 'normal',
      codec: undefined,
      isWatching: false,
    };
    this.#connections.add(connection);
    this.#log.connectionEvent(`type=conn_new ${event} cfd=${String(id)}`);
    stream.on('data', () => {
      connection.lastDataMs = Date.now();
    });
    stream.once('close', () => {
      this.#connections.delete(connection);
      this.#log.connectionEvent(`type=conn_close ${event} reason=${connection.closeReason} cfd=${String(id)}`);
    });
    return connection;
  }
}

/** Asked once: a closed socket does not know any more. */
function describe(
  stream: Duplex,
  place: ListeningPlace,
): { readonly address: string; readonly listenAddress: string; readonly event: string } {
  if (!(stream instanceof Socket)) {
    return { address: 'memory', listenAddress: 'memory', event: 'rip=memory rport=0 transport=local' };
  }
  if (place.kind === 'unix') {
    const address = `unix:${place.path}`;
    return { address, listenAddress: address, event: 'rip=unix rport=0 transport=local' };
  }
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = stream;
  return {
    address: tcpAddress(remoteAddress, remotePort),
    listenAddress: tcpAddress(localAddress, localPort),
    event: `rip=${remoteAddress} rport=${String(remotePort)} transport=tcp`,
  };
}

export function tcpAddress(host: string, port: number): string {
  return host.includes(':') ? `tcp6:[${host}]:${String(port)}` : `tcp:${host}:${String(port)}`;
}
