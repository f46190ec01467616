/**
 * Where one server listens, a TCP port (plain or TLS) or a unix socket: opened once however often it is asked for, and
 * the same one again after `close()`.
 *
 *   plain, unix:  connection ----------------------> onSocket
 *   TLS:          connection -> handshake --ok-----> onSocket
 *                                         --failed-> closed and published; nobody else notices
 */
import { chmodSync } from 'node:fs';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { MemcacheError } from '@memkit/protocol';
import type { ListeningPlace } from './doors/listening-place.js';
import { addressOf, showPlace, type ListeningAddress } from './doors/listening-address.js';
import { removeStaleSocket } from './doors/stale-socket.js';
import { publishFailure } from './telemetry/channels.js';

/** A client that connects and never starts its handshake is dropped after this long; Node's own limit is two minutes. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/**
 * As memcached: small replies leave at once, where Nagle's algorithm would hold them back for the client's delayed ACK; a
 * client that vanished without a word is found out; one that has sent its end still gets its answers.
 */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, allowHalfOpen: true } as const;

interface OpenPort {
  readonly server: Server;
  readonly address: ListeningAddress;
  /** Destroys every connection, those that have not finished their TLS handshake too. */
  readonly dropAll: () => void;
}

export class ListeningPort {
  readonly #tls: TlsOptions | undefined;
  readonly #onSocket: (socket: Socket) => void;
  /** With the port of the first `open()`, kept for the next one. */
  #place: ListeningPlace;
  #address: ListeningAddress | undefined;
  #opening: Promise<OpenPort> | undefined;
  #closing: Promise<void> = Promise.resolve();

  /** @param tls makes the port speak TLS */
  constructor(place: ListeningPlace, tls: TlsOptions | undefined, onSocket: (socket: Socket) => void) {
    this.#place = place;
    this.#tls = tls;
    this.#onSocket = onSocket;
  }

  get address(): ListeningAddress | undefined {
    return this.#address;
  }

  /** @throws `MEMCACHE_CONNECT_FAILED` */
  async open(): Promise<ListeningAddress> {
    const opening = (this.#opening ??= this.#closing.then(() => this.#listen()));
    try {
      const { address } = await opening;
      if (this.#place.kind === 'tcp') this.#place = { ...this.#place, port: address.port };
      // A close() meanwhile has taken the port away again.
      if (this.#opening === opening) this.#address = address;
      return address;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  /** Resolves once the place is free; one that is being opened is closed as soon as it is open. */
  close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#address = undefined;
    if (opening !== undefined) this.#closing = closePort(opening);
    return this.#closing;
  }

  async #listen(): Promise<OpenPort> {
    const place = this.#place;
    if (place.kind === 'unix') {
      await removeStaleSocket(place.path).catch((cause: unknown) => {
        throw cannotListen(place, cause as Error);
      });
    }
    const server = this.#createServer();
    const dropAll = trackConnections(server);
    return new Promise((resolve, reject) => {
      // Stays for good: an error of accepting one connection must not end the process.
      server.on('error', (cause) => {
        reject(cannotListen(place, cause));
      });
      const opened = (): void => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve({ server, address: addressOf(place, port, this.#tls !== undefined), dropAll });
      };
      if (place.kind === 'tcp') server.listen(place.port, place.host, opened);
      else {
        server.listen(place.path, () => {
          setMode(place, server, opened, reject);
        });
      }
    });
  }

  #createServer(): Server {
    if (this.#tls === undefined) return createPlainServer(SOCKET_OPTIONS, this.#onSocket);
    const options = { ...SOCKET_OPTIONS, ...this.#tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
    const server = createTlsServer(options, this.#onSocket);
    // Plain text, a client that does not trust the certificate, one without its own: that connection ends, no other.
    server.on('tlsClientError', (error, socket) => {
      publishFailure({ command: undefined, error });
      socket.destroy();
    });
    return server;
  }
}

/** memcached's -a: who may connect is who may write the socket file. */
function setMode(
  place: ListeningPlace & { kind: 'unix' },
  server: Server,
  opened: () => void,
  reject: (error: unknown) => void,
): void {
  try {
    chmodSync(place.path, place.mode);
    opened();
  } catch (cause) {
    server.close();
    reject(cannotListen(place, cause as Error));
  }
}

/** A server's `close()` waits for connections, and one without a finished handshake belongs to no session. */
function trackConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

function cannotListen(place: ListeningPlace, cause: Error): MemcacheError {
  return new MemcacheError('CONNECT_FAILED', {
    action: 'Cannot listen',
    server: showPlace(place),
    detail: cause.message,
    hint: adviceFor(place, (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'),
    cause,
  });
}

function adviceFor(place: ListeningPlace, isTaken: boolean): string {
  if (place.kind === 'tcp') return 'Choose another port, or leave it out for a free one.';
  if (isTaken) return 'Something else is there; choose another path.';
  return 'Choose a path in a directory that exists and that you may write to.';
}

async function closePort(opening: Promise<OpenPort>): Promise<void> {
  // A port that could not be opened needs no closing, and listen() told its caller.
  const open = await opening.catch(() => undefined);
  if (open === undefined) return;
  await new Promise((resolve) => {
    open.server.close(resolve);
    open.dropAll();
  });
}
