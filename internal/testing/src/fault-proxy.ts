/**
 * A proxy in front of a real memcached, through which bytes go until a fault is switched on. The server behind it is
 * real, so every protocol works, what was executed can be counted, and a recovery is a recovery. Bytes of TLS pass too.
 */
import { connect, type Socket } from 'node:net';
import type { Fault } from './fault.js';
import { LOOPBACK } from './free-port.js';
import { ProxiedConnection, type ProxyState } from './proxied-connection.js';
import { startScriptedServer, type ScriptedServer } from './scripted-server.js';

export interface FaultProxyOptions {
  /** Default: a free port. */
  readonly port?: number;
}

export interface FaultProxy {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Bytes that clients sent so far. */
  readonly receivedBytes: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that clients have not ended. */
  readonly open: number;
  readonly fault: {
    /** From now on, on open connections too. */
    set(fault: Fault): Promise<void>;
    /** Connections that a fault made useless stay so; new ones work. */
    clear(): Promise<void>;
  };
  /** Sends new connections to another server and resets the open ones. */
  redirect(targetPort: number): void;
  stop(): Promise<void>;
}

/**
 * @param targetPort the memcached's, on 127.0.0.1
 * @example
 * const proxy = await startFaultProxy(server.port);
 * await proxy.fault.set('reset');
 */
export async function startFaultProxy(targetPort: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const state: ProxyState = { fault: undefined, receivedBytes: 0 };
  const connections = new Set<ProxiedConnection>();
  let target = targetPort;
  const server: ScriptedServer = await startScriptedServer((client: Socket) => {
    const upstream = connect({ port: target, host: LOOPBACK, noDelay: true });
    const connection = new ProxiedConnection(client, upstream, state);
    connections.add(connection);
    client.once('close', () => connections.delete(connection));
  }, options);

  return {
    port: server.port,
    address: server.address,
    get receivedBytes() {
      return state.receivedBytes;
    },
    get accepted() {
      return server.accepted;
    },
    get open() {
      return server.open;
    },
    fault: {
      async set(fault) {
        state.fault = fault;
        if (fault === 'refuse') await server.refuse();
        else await server.accept();
        if (fault === 'stall') server.resetAll();
      },
      async clear() {
        state.fault = undefined;
        for (const connection of connections) connection.release();
        await server.accept();
      },
    },
    redirect(port) {
      target = port;
      server.resetAll();
    },
    stop: () => server.stop(),
  };
}
