import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { LOOPBACK } from './free-port.js';
import { resetSocket } from './reset-socket.js';

export interface ScriptedServerOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Speaks TLS, with a certificate such as `testCertificates().server`. Default: plain TCP. */
  readonly tls?: TlsOptions;
}

/** A server in this process whose every connection is handled by the test. */
export interface ScriptedServer {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that the client has not ended. */
  readonly open: number;
  /** Stops listening and resets what is open: the next attempt to connect is refused. */
  refuse(): Promise<void>;
  /** Listens again on the same port. */
  accept(): Promise<void>;
  /** Resets what is open; new connections are accepted. */
  resetAll(): void;
  stop(): Promise<void>;
}

/**
 * Starts a server on the loopback that hands each connection to `onConnection`. Errors of its sockets are expected here
 * and swallowed; everything is closed by `stop()`.
 * @example
 * const server = await startScriptedServer((socket) => socket.once('data', () => socket.end('garbage')));
 */
export async function startScriptedServer(
  onConnection: (socket: Socket) => void,
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, LOOPBACK, () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(options.port ?? 0);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  const resetAll = (): void => {
    for (const socket of sockets) resetSocket(socket);
  };
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    resetAll();
    await closed;
  };
  return {
    port,
    address: `${LOOPBACK}:${String(port)}`,
    get accepted() {
      return accepted;
    },
    get open() {
      return [...sockets].filter(({ readableEnded, destroyed }) => !readableEnded && !destroyed).length;
    },
    refuse,
    accept: () => (server.listening ? Promise.resolve() : listen(port)),
    resetAll,
    stop: refuse,
  };
}
